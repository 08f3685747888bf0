//! The `desk` program: hands over to the application and reports its exit code.

fn main() {}
