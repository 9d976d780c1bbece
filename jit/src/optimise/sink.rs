//! Allocation sinking.
use crate::ir::*;
pub(super) fn sink(_: &mut Trace, _: &[Helper]) {}
