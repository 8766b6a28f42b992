//! The table of steps at the end of a run.

use std::fmt::Write;

use crate::run::report::StepReport;

/// One line a step, and a total.
pub fn steps(steps: &[StepReport]) -> String {
    let mut text = format!(
        "{:<20} {:>6} {:>6} {:>11} {:>11} {:>9} {:>8} {:>8} {:>11} {:>9} {:>9}\n",
        "step", "built", "reused", "rows in", "rows out", "rejected", "wall s", "CPU s", "rows/s", "peak MB", "MB out"
    );
    for step in steps {
        text.push_str(&line(step));
    }
    let wall: f64 = steps.iter().map(|step| step.wall_s).sum();
    let cpu: f64 = steps.iter().map(|step| step.cpu_s).sum();
    let peak = steps.iter().map(|step| step.peak_bytes).max().unwrap_or(0);
    let bytes: u64 = steps.iter().map(|step| step.bytes_written).sum();
    let _ = write!(
        text,
        "{:<20} {:>6} {:>6} {:>11} {:>11} {:>9} {wall:>8.2} {cpu:>8.2} {:>11} {:>9} {:>9.1}",
        "total",
        steps.iter().map(|step| step.built).sum::<usize>(),
        steps.iter().map(|step| step.reused).sum::<usize>(),
        "",
        "",
        steps.iter().map(|step| step.rejected).sum::<u64>(),
        "",
        megabytes(peak).round(),
        megabytes(bytes),
    );
    text
}

fn line(step: &StepReport) -> String {
    let rate = if step.built > 0 && step.wall_s > 0.0 {
        format!("{:.0}", step.rows_in_f64() / step.wall_s)
    } else {
        String::new()
    };
    let peak = megabytes(step.peak_bytes).round();
    let peak = if step.is_peak_own { format!("{peak}") } else { format!("≤{peak}") };
    format!(
        "{:<20} {:>6} {:>6} {:>11} {:>11} {:>9} {:>8.2} {:>8.2} {rate:>11} {peak:>9} {:>9.1}\n",
        step.step,
        step.built,
        step.reused,
        step.rows_in,
        step.rows_out,
        step.rejected,
        step.wall_s,
        step.cpu_s,
        megabytes(step.bytes_written),
    )
}

#[expect(clippy::cast_precision_loss, reason = "for display")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

impl StepReport {
    #[expect(clippy::cast_precision_loss, reason = "for display")]
    fn rows_in_f64(&self) -> f64 {
        self.rows_in as f64
    }
}
