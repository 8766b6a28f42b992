//! One concern's parameters, declared once: the keys of a table of the file, with default, unit, bounds and words.

use crate::sample::SampleError;

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Bounds {
    /// A number, or every number of a list, from the first to the second.
    Of(f64, f64),
    /// One text, or a list of texts, of these.
    OneOf(&'static [&'static str]),
    /// What the words say.
    Words(&'static str),
}

/// A ratio.
pub const SHARE: Bounds = Bounds::Of(0.0, 1.0);

/// One key, as the file shows it.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub about: &'static [&'static str],
    /// Its unit.
    pub unit: &'static str,
    /// What it may be.
    pub bounds: Bounds,
    /// What it is.
    pub value: toml::Value,
}

/// A table of the file.
pub trait Section {
    /// Its name.
    const TABLE: &'static str;
    /// What it is about.
    const ABOUT: &'static [&'static str];

    /// Its keys, with the values they have.
    ///
    /// # Errors
    /// [`SampleError::Embedded`] where TOML cannot write a value (a number beyond 64 bits).
    fn keys(&self) -> Result<Vec<Key>, SampleError>;
}

/// A value as TOML.
///
/// # Errors
/// [`SampleError::Embedded`] where TOML cannot write it.
pub fn value<T: serde::Serialize>(value: &T) -> Result<toml::Value, SampleError> {
    toml::Value::try_from(value).map_err(|error| SampleError::Embedded { what: error.to_string() })
}

/// Declares a section: its struct, its defaults, its keys.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $name:ident = $table:literal {
            $( $(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:expr, $unit:literal, $bounds:expr; )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $key: $type, )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $key: $default, )+ }
            }
        }

        impl $crate::sample::parameters::section::Section for $name {
            const TABLE: &'static str = $table;
            const ABOUT: &'static [&'static str] = &[$($about),+];

            fn keys(&self) -> Result<Vec<$crate::sample::parameters::section::Key>, $crate::sample::SampleError> {
                Ok(vec![$(
                    $crate::sample::parameters::section::Key {
                        name: stringify!($key),
                        about: &[$($doc),+],
                        unit: $unit,
                        bounds: $bounds,
                        value: $crate::sample::parameters::section::value(&self.$key)?,
                    },
                )+])
            }
        }
    };
}
pub(super) use section;

impl Bounds {
    /// As words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Of(least, most) => format!("{least} to {most}"),
            Self::OneOf(known) => format!("one of {}", known.join(", ")),
            Self::Words(words) => words.to_owned(),
        }
    }

    /// Whether the value keeps to them. Words are for the section to check.
    fn hold(self, value: &toml::Value) -> bool {
        match (self, value) {
            (Self::Words(_), _) => true,
            (_, toml::Value::Array(values)) => !values.is_empty() && values.iter().all(|value| self.hold(value)),
            (Self::Of(least, most), toml::Value::Integer(number)) => (least..=most).contains(&(*number as f64)),
            (Self::Of(least, most), toml::Value::Float(number)) => (least..=most).contains(number),
            (Self::OneOf(known), toml::Value::String(text)) => known.contains(&text.as_str()),
            _ => false,
        }
    }
}

/// Refuses the first value that does not keep to its bounds.
///
/// # Errors
/// [`SampleError::Parameter`] with the key, its bounds and the value.
pub fn check<S: Section>(section: &S) -> Result<(), SampleError> {
    for key in section.keys()? {
        if !key.bounds.hold(&key.value) {
            return Err(refused::<S>(key.name, key.bounds.words(), &key.value));
        }
    }
    Ok(())
}

/// That a section's key may not have that value.
pub fn refused<S: Section>(key: &str, bound: impl Into<String>, value: &dyn std::fmt::Display) -> SampleError {
    SampleError::Parameter { key: format!("{}.{key}", S::TABLE), bound: bound.into(), value: value.to_string() }
}

/// The section as the documented file shows it.
///
/// # Errors
/// [`SampleError::Embedded`] where TOML cannot write a value.
pub fn text<S: Section>(section: &S) -> Result<String, SampleError> {
    let mut lines: Vec<String> = S::ABOUT.iter().map(|line| format!("#{line}")).collect();
    lines.push(format!("[{}]", S::TABLE));
    for key in section.keys()? {
        lines.extend(key.about.iter().map(|line| format!("#{line}")));
        let unit = if key.unit.is_empty() { String::new() } else { format!("{}; ", key.unit) };
        lines.push(format!("# ({unit}{})", key.bounds.words()));
        lines.push(format!("{} = {}", key.name, shown(&key.value)));
    }
    Ok(lines.join("\n"))
}

/// A list of tables has one a line.
fn shown(value: &toml::Value) -> String {
    match value {
        toml::Value::Array(entries) if entries.iter().all(toml::Value::is_table) => {
            let entries: Vec<String> = entries.iter().map(|entry| format!("    {entry},\n")).collect();
            format!("[\n{}]", entries.concat())
        }
        other => other.to_string(),
    }
}
