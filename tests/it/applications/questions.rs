//! Questions that a call adds to the form.

use super::*;
