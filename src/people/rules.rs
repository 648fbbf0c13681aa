//! What makes a password good enough, how wrong ones slow an account down, how long sessions live.

use crate::core::roles::Role;
use chrono::{DateTime, Duration, Utc};

/// Where the password is the only factor (NIST SP 800-63-4).
pub const PASSWORD_CHARS_MIN: usize = 15;
/// Where a second factor stands beside it.
pub const PASSWORD_CHARS_MIN_TWO_FACTORS: usize = 12;
pub const PASSWORD_BYTES_MAX: usize = 1_024;

/// Wrong passwords in a row before the account slows down.
const FAILURES_FREE: i64 = 5;
/// A stranger can slow an account down by at most this much, never lock it for good.
const LOCK_MINUTES_MAX: i64 = 15;

pub const SIGN_UP_HOURS: i64 = 24;
pub const INVITATION_HOURS: i64 = 72;
pub const RESET_MINUTES: i64 = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordTrouble {
    Short,
    Endless,
    Guessable,
}

/// Refuses short, endless and guessable passwords. `context` holds words a guesser would try first:
/// the service, the person, the firm. No rules of composition.
pub fn check_password(password: &str, context: &[&str], two_factors: bool) -> Result<(), PasswordTrouble> {
    let least = if two_factors { PASSWORD_CHARS_MIN_TWO_FACTORS } else { PASSWORD_CHARS_MIN };
    if password.chars().count() < least {
        return Err(PasswordTrouble::Short);
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordTrouble::Endless);
    }
    let mut words = vec!["voucherdesk", "voucher", "바우처", "ministry", "password", "비밀번호"];
    words.extend(context.iter().filter(|word| word.chars().count() >= 3));
    let mut rest = password.to_lowercase();
    for word in &words {
        rest = rest.replace(&word.to_lowercase(), "");
    }
    let guessed: String = password.chars().take(100).collect();
    let strong = zxcvbn::zxcvbn(&guessed, &words).score() >= zxcvbn::Score::Three;
    if !strong || rest.chars().count() < 6 {
        return Err(PasswordTrouble::Guessable);
    }
    Ok(())
}

/// Until when an account refuses sign-ins after `failures` wrong passwords in a row.
pub fn locked_until(failures: i64, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let beyond = failures - FAILURES_FREE;
    (beyond >= 0).then(|| now + Duration::minutes((1 << beyond.min(10)).min(LOCK_MINUTES_MAX)))
}

/// Idle and absolute limits of a session.
pub fn session_limits(roles: &[Role]) -> (Duration, Duration) {
    if roles.iter().any(|role| role.is_staff()) {
        (Duration::minutes(30), Duration::hours(8))
    } else {
        (Duration::minutes(60), Duration::hours(12))
    }
}

/// How many sessions one person may have at once.
pub fn sessions_max(roles: &[Role]) -> i64 {
    if roles.iter().any(|role| role.moves_money()) { 1 } else { 5 }
}

/// Whether people with these roles must have a second factor before they may do anything.
pub fn needs_second_factor(roles: &[Role]) -> bool {
    roles.iter().any(|role| *role != Role::Firm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_not_guessable() {
        assert_eq!(check_password("short", &[], false), Err(PasswordTrouble::Short));
        assert_eq!(check_password("aaaaaaaaaaaaaaaaaaaa", &[], false), Err(PasswordTrouble::Guessable));
        assert_eq!(check_password("password1234567", &[], false), Err(PasswordTrouble::Guessable));
        assert_eq!(check_password("voucherdesk2027!", &[], false), Err(PasswordTrouble::Guessable));
        assert_eq!(check_password("hanbit-precision1", &["hanbit-precision"], false), Err(PasswordTrouble::Guessable));
        assert_eq!(check_password("lantern orchid 47 ferry", &[], false), Ok(()));
        assert_eq!(check_password("느티나무 아래 파란 자전거 일곱 대", &[], false), Ok(()));
        assert_eq!(check_password(&"a b".repeat(500), &[], false), Err(PasswordTrouble::Endless));
    }

    #[test]
    fn wrong_passwords_slow_an_account_but_never_lock_it_for_good() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(locked_until(4, now), None);
        assert_eq!(locked_until(5, now), Some(now + Duration::minutes(1)));
        assert_eq!(locked_until(7, now), Some(now + Duration::minutes(4)));
        assert_eq!(locked_until(1_000_000, now), Some(now + Duration::minutes(15)));
    }
}
