//! The shares of a cost that is agreed, by the sum that the application itself was shown (domain: features, H6).

use crate::{
    applications::{Application, store},
    core::money::Won,
    db::Tx,
    organisations,
    programmes::{self, FundingRule, Split},
};

/// What the size class may have, and the cost taken apart by it.
#[derive(Debug, Clone, Copy)]
pub struct Shares {
    pub rule: FundingRule,
    pub split: Split,
    pub vat_funded: bool,
}

/// Takes `lines` of cost (position, supply value) apart under the rules that the application was submitted under; which
/// of them bear VAT is as it was submitted. None while the firm's size is not known.
pub async fn shares(tx: &mut Tx, application: &Application, lines: &[(i64, Won)]) -> sqlx::Result<Option<Shares>> {
    let rules = programmes::rules_at(tx, application.call_id, application.call_version).await?;
    let rules = rules.in_track(application.track.as_deref());
    let class = application.size_class.as_deref().and_then(|class| class.parse().ok());
    let Some(rule) = class.and_then(|class| rules.funding_of(class)).copied() else { return Ok(None) };
    let untaxed = store::dossier::untaxed(tx, application.id).await?;
    let supply: Won = lines.iter().map(|(_, amount)| *amount).sum();
    let vat: Won =
        lines.iter().filter(|(position, _)| !untaxed.contains(position)).map(|(_, amount)| amount.vat()).sum();
    let firm = organisations::get(tx, application.organisation_id).await?;
    let vat_funded = programmes::funds_vat(&rules.vat_fundable, firm.vat_type);
    Ok(Some(Shares { rule, split: rule.split_taxed(supply, vat, vat_funded), vat_funded }))
}
