//! The foreign function interface: C declarations, C types, cdata (not built yet).
