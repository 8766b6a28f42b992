//! Sections of facts: what is told, before it is text or JSON.

use std::fmt;

use serde_json::{Value, json};

/// One thing that is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Stable name, for programs.
    pub id: &'static str,
    /// Name in the reader's language.
    pub label: String,
    /// What is told, for people.
    pub text: String,
    /// What is told, for programs.
    pub value: Value,
}

/// Facts that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Stable name, for programs.
    pub id: &'static str,
    /// Heading in the reader's language.
    pub title: String,
    /// What is told.
    pub facts: Vec<Fact>,
    /// What lies below.
    pub sections: Vec<Section>,
}

impl Section {
    /// A section that tells nothing yet.
    #[must_use]
    pub fn new(id: &'static str, title: impl Into<String>) -> Self {
        Self { id, title: title.into(), facts: Vec::new(), sections: Vec::new() }
    }

    /// Adds a fact.
    pub fn tell(&mut self, id: &'static str, label: &str, text: impl Into<String>, value: impl Into<Value>) {
        self.facts.push(Fact { id, label: label.to_owned(), text: text.into(), value: value.into() });
    }

    /// Adds a section, unless it is empty.
    pub fn add(&mut self, section: Self) {
        if !(section.facts.is_empty() && section.sections.is_empty()) {
            self.sections.push(section);
        }
    }

    /// As JSON: `id`, `title`, `facts` (`id`, `label`, `text`, `value`), `sections`.
    #[must_use]
    pub fn json(&self) -> Value {
        let fact = |fact: &Fact| json!({ "id": fact.id, "label": fact.label.trim_start(), "text": fact.text, "value": fact.value });
        json!({
            "id": self.id,
            "title": self.title,
            "facts": self.facts.iter().map(fact).collect::<Vec<_>>(),
            "sections": self.sections.iter().map(Self::json).collect::<Vec<_>>(),
        })
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        writeln!(f, "{:indent$}{}", "", self.title, indent = 2 * depth)?;
        for fact in &self.facts {
            writeln!(f, "{:indent$}{}: {}", "", fact.label, fact.text, indent = 2 * depth + 2)?;
        }
        self.sections.iter().try_for_each(|section| section.write(f, depth + 1))
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}
