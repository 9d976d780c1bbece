//! The trace compiler (not built yet) and `rlua`.
