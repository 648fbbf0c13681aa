//! Envelopes: how much of a call one region or one sector of industry may have, beside the quotas of its tracks
//! (domain: features, H2). What is over is refused by the ledger, as every cap is.

use super::CallRules;
use crate::{
    core::{lang::Lang, money::Won},
    ledger::{Cap, CapSubject},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const ENVELOPES_MAX: usize = 60;

/// The most of a call that one region or sector may have. Its name is kept with it: rules are read for years.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    pub subject: CapSubject,
    /// Of the region, or the letter of the section of industry.
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub most_won: Won,
}

impl Envelope {
    pub fn name(&self, lang: Lang) -> &str {
        lang.of(&self.name_ko, &self.name_en)
    }

    fn cap(&self, call: Uuid) -> Cap {
        Cap::of_envelope(self.subject, call, &self.code, self.most_won)
    }
}

/// Where an award counts besides its firm.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place<'a> {
    pub track: Option<&'a str>,
    pub region: &'a str,
    /// The code of the industry; its first letter is the section.
    pub industry: &'a str,
}

impl Place<'_> {
    pub fn is_in(&self, envelope: &Envelope) -> bool {
        let code = envelope.code.as_str();
        match envelope.subject {
            CapSubject::Track => self.track == Some(code),
            CapSubject::Region => self.region == code,
            CapSubject::Sector => self.industry.get(..1) == Some(code),
            CapSubject::Firm | CapSubject::Representative | CapSubject::Group | CapSubject::Vendor => false,
        }
    }
}

impl CallRules {
    /// The quotas of tracks and the envelopes of regions and sectors, with their caps in this call.
    pub fn envelopes_in(&self, call: Uuid) -> Vec<(Envelope, Cap)> {
        let quota = |track: &super::Track| {
            Some(Envelope {
                subject: CapSubject::Track,
                code: track.code.clone(),
                name_ko: track.name_ko.clone(),
                name_en: track.name_en.clone(),
                most_won: track.quota_won?,
            })
        };
        let all = self.tracks.iter().filter_map(quota).chain(self.envelopes.iter().cloned());
        all.map(|envelope| {
            let cap = envelope.cap(call);
            (envelope, cap)
        })
        .collect()
    }

    /// Those of them that an award in this place counts against.
    pub fn envelopes_at(&self, call: Uuid, place: Place<'_>) -> Vec<(Envelope, Cap)> {
        let mut found = self.envelopes_in(call);
        found.retain(|(envelope, _)| place.is_in(envelope));
        found
    }

    pub(super) fn envelopes_are_sound(&self) -> bool {
        let same = |one: &Envelope, other: &Envelope| (one.subject, &one.code) == (other.subject, &other.code);
        let sound = |(at, one): (usize, &Envelope)| {
            matches!(one.subject, CapSubject::Region | CapSubject::Sector)
                && one.most_won.is_positive()
                && !self.envelopes[..at].iter().any(|other| same(one, other))
        };
        self.envelopes.len() <= ENVELOPES_MAX && self.envelopes.iter().enumerate().all(sound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programmes::rules::Track;

    fn envelope(subject: CapSubject, code: &str, most: i64) -> Envelope {
        Envelope {
            subject,
            code: code.to_owned(),
            name_ko: code.to_owned(),
            name_en: code.to_owned(),
            most_won: Won(most),
        }
    }

    #[test]
    fn an_award_counts_where_it_is_and_nowhere_else() {
        let mut rules = CallRules::ai_voucher();
        rules.tracks.push(Track {
            code: "green".to_owned(),
            name_ko: "녹색".to_owned(),
            name_en: "Green".to_owned(),
            quota_won: Some(Won(9)),
            funding: None,
            documents: None,
        });
        rules.envelopes = vec![
            envelope(CapSubject::Region, "KR-11", 5),
            envelope(CapSubject::Region, "KR-26", 6),
            envelope(CapSubject::Sector, "C", 7),
        ];
        assert!(rules.envelopes_are_sound());
        let call = Uuid::from_u128(1);
        let at = |place| -> Vec<i64> {
            rules.envelopes_at(call, place).iter().map(|(envelope, _)| envelope.most_won.0).collect()
        };
        assert_eq!(at(Place { track: Some("green"), region: "KR-11", industry: "C26" }), [9, 5, 7]);
        assert_eq!(at(Place { track: None, region: "KR-26", industry: "J58" }), [6]);
        assert!(at(Place::default()).is_empty());
        let caps: std::collections::BTreeSet<Uuid> =
            rules.envelopes_in(call).iter().map(|(_, cap)| cap.owner).collect();
        assert_eq!(caps.len(), 4, "each has accounts of its own");
        rules.envelopes.push(envelope(CapSubject::Sector, "C", 8));
        assert!(!rules.envelopes_are_sound(), "twice the same");
        rules.envelopes = vec![envelope(CapSubject::Firm, "C", 8)];
        assert!(!rules.envelopes_are_sound());
        rules.envelopes = vec![envelope(CapSubject::Region, "KR-11", 0)];
        assert!(!rules.envelopes_are_sound());
    }
}
