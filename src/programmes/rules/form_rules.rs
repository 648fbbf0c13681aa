//! What a call asks in its form beside what every form asks.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FormRules {
    /// Who does the work: role, person, share of time and months, row by row.
    pub team: bool,
}
