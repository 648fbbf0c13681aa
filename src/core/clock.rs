//! The only source of the present time. Truncated to microseconds, because PostgreSQL keeps no more
//! and an instant must come back from either engine as it went in.

use chrono::{DateTime, Duration, NaiveDate, SubsecRound, Utc};
use chrono_tz::Tz;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
pub struct Clock {
    /// Set in tests and while a population is generated; the machine's time otherwise.
    hand: Option<Arc<Mutex<DateTime<Utc>>>>,
}

impl Clock {
    /// A clock that stands still until it is moved by hand.
    pub fn by_hand(start: DateTime<Utc>) -> Clock {
        Clock { hand: Some(Arc::new(Mutex::new(start.trunc_subsecs(6)))) }
    }

    #[allow(clippy::disallowed_methods)]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.hand {
            Some(hand) => *hand.lock().expect("nobody panics while holding the hand"),
            None => Utc::now().trunc_subsecs(6),
        }
    }

    /// The calendar day it is now in `zone`.
    pub fn today(&self, zone: Tz) -> NaiveDate {
        self.now().with_timezone(&zone).date_naive()
    }

    /// Moves a clock that is held by hand; a real clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Some(hand) = &self.hand {
            *hand.lock().expect("nobody panics while holding the hand") += by;
        }
    }

    /// Puts a clock that is held by hand to `at`.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Some(hand) = &self.hand {
            *hand.lock().expect("nobody panics while holding the hand") = at.trunc_subsecs(6);
        }
    }
}
