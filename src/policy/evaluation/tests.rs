//! Properties of the evaluation.
