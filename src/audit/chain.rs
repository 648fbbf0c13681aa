//! The hash chain over the history, its daily anchors, and the check of both.

use super::store::{self, Link};
use crate::db::{Db, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};

/// Records sealed in one unit of work.
const SEAL_ROWS: i64 = 1_000;
const VERIFY_ROWS: i64 = 5_000;

/// Where the chain is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    pub seq: i64,
    pub what: &'static str,
}

/// Gives the records that wait their place in the chain. Answers how many it sealed.
pub async fn seal(db: &Db) -> anyhow::Result<u64> {
    let mut sealed = 0;
    loop {
        let mut tx = db.read().await?;
        if store::unsealed(&mut tx, 1).await?.is_empty() {
            return Ok(sealed);
        }
        drop(tx);
        let mut tx = db.write().await?;
        store::lock_chain(&mut tx).await?;
        let (mut seq, mut previous) = store::head(&mut tx).await?.unwrap_or((0, vec![0; 32]));
        let links = store::unsealed(&mut tx, SEAL_ROWS).await?;
        let mut places = Vec::with_capacity(links.len());
        for link in &links {
            seq += 1;
            let hash = hash_of(link, seq, &previous);
            places.push((link.id, seq, std::mem::replace(&mut previous, hash.clone()), hash));
        }
        if !places.is_empty() {
            sealed += store::seal(&mut tx, places).await?;
        }
        tx.commit().await?;
        if (links.len() as i64) < SEAL_ROWS {
            return Ok(sealed);
        }
    }
}

/// Notes the head of the chain for `day`, once. Whoever keeps a copy of anchors can check the chain offline.
pub async fn anchor(tx: &mut Tx, day: NaiveDate, now: DateTime<Utc>) -> sqlx::Result<Option<(i64, Vec<u8>)>> {
    let Some((seq, hash)) = store::head(tx).await? else { return Ok(None) };
    let fresh = store::insert_anchor(tx, day, seq, &hash, now).await?;
    Ok((fresh == 1).then_some((seq, hash)))
}

/// Recomputes the chain. Answers how many records it covers, how many still wait, and the first breach.
pub async fn verify(tx: &mut Tx) -> sqlx::Result<(i64, i64, Option<Breach>)> {
    let anchors = store::anchors(tx).await?;
    let (mut seq, mut previous) = (0_i64, vec![0_u8; 32]);
    let mut anchors = anchors.into_iter().peekable();
    loop {
        let links = store::links_after(tx, seq, VERIFY_ROWS).await?;
        if links.is_empty() {
            break;
        }
        for link in links {
            let found = link.seq.unwrap_or_default();
            if found != seq + 1 {
                return Ok((seq, 0, Some(Breach { seq: seq + 1, what: "a record is missing" })));
            }
            if link.previous_hash.as_deref() != Some(&previous) {
                return Ok((seq, 0, Some(Breach { seq: found, what: "the link to the record before is broken" })));
            }
            let hash = hash_of(&link, found, &previous);
            if link.hash.as_deref() != Some(&hash) {
                return Ok((seq, 0, Some(Breach { seq: found, what: "the record was changed" })));
            }
            while let Some((_, anchored)) = anchors.next_if(|(at, _)| *at == found) {
                if anchored != hash {
                    return Ok((seq, 0, Some(Breach { seq: found, what: "the anchor of a day does not match" })));
                }
            }
            (seq, previous) = (found, hash);
        }
    }
    if anchors.peek().is_some() {
        return Ok((seq, 0, Some(Breach { seq, what: "records that an anchor covers are gone" })));
    }
    let waiting = store::unsealed_count(tx).await?;
    Ok((seq, waiting, None))
}

/// Every column with its length before it, so that no two records have the same bytes.
fn hash_of(link: &Link, seq: i64, previous: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(seq.to_be_bytes());
    hash.update(link.id.as_bytes());
    hash.update(link.at.timestamp_micros().to_be_bytes());
    hash.update(link.actor_id.unwrap_or_default().as_bytes());
    hash.update(link.subject_id.as_bytes());
    hash.update(link.case_id.as_bytes());
    for text in [&link.actor_role, &link.subject_kind, &link.kind, &link.detail, &link.request_id] {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().to_vec()
}
