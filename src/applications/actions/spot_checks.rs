//! Spot checks: of the applications that pass everything a share is looked at by an officer all the same. Which ones
//! is drawn from the seed in the rules and the application's id: nobody chooses, and anybody can repeat it.

use super::Dossier;
use crate::{
    applications::store::spot_checks::{self, Picked},
    audit::{self, Record},
    core::actor::Actor,
    db::Tx,
    programmes::Stage,
};
use chrono::{DateTime, Utc};

/// Picks a submission that passes everything, if its number is drawn. It then waits for an officer.
pub(super) async fn pick(tx: &mut Tx, dossier: &Dossier, now: DateTime<Utc>) -> sqlx::Result<()> {
    let (application, rules) = (&dossier.application, &dossier.rules().screening);
    if application.is_test || !rules.picks(application.id.0) {
        return Ok(());
    }
    // What an officer looks at anyway needs no draw.
    let checks = dossier.checks_at(Stage::Screening, now, now);
    if checks.iter().any(|check| check.blocks() || check.waits()) {
        return Ok(());
    }
    let picked = Picked { draw: rules.draw(application.id.0), per_mille: rules.spot_check_mille };
    let of = (application.id, application.call_id);
    if spot_checks::insert(tx, of, picked, &rules.spot_check_seed, now).await? {
        let record = Record::new("application", application.id, "spot_check_picked")
            .with("draw", picked.draw)
            .with("per_mille", picked.per_mille);
        audit::record(tx, &Actor::system(), record, now).await?;
    }
    Ok(())
}
