//! Doors of applications.

use crate::web::{Door, page::MenuEntry};

pub fn doors() -> Vec<Door> {
    vec![]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![]
}
