//! Every SQL text about reference data.

use super::rules::{SizeClass, Threshold};
use crate::{
    core::{calendar::Holidays, lang::Lang},
    db::Tx,
};
use chrono::NaiveDate;

/// A code with its name in both languages.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Named {
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
}

impl Named {
    pub fn name(&self, lang: Lang) -> &str {
        lang.of(&self.name_ko, &self.name_en)
    }
}

/// The 21 sections of the industry classification (KSIC), A to U.
pub async fn industry_sections(tx: &mut Tx) -> sqlx::Result<Vec<Named>> {
    tx.all("SELECT code, name_ko, name_en FROM industry_sections ORDER BY code", ()).await
}

/// The divisions, coded with their section's letter: `C17`.
pub async fn industry_divisions(tx: &mut Tx) -> sqlx::Result<Vec<Named>> {
    tx.all("SELECT code, name_ko, name_en FROM industry_divisions ORDER BY code", ()).await
}

/// Whether an industry code begins with a division that exists.
pub async fn is_industry(tx: &mut Tx, code: &str) -> sqlx::Result<bool> {
    let division: String = code.chars().take(3).collect();
    tx.exists("SELECT 1 FROM industry_divisions WHERE code = $1", (division,)).await
}

/// The first-level regions in force on a day.
pub async fn regions(tx: &mut Tx, on: NaiveDate) -> sqlx::Result<Vec<Named>> {
    tx.all(
        "SELECT code, name_ko, name_en FROM regions
         WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to >= $1) ORDER BY code",
        (on,),
    )
    .await
}

/// All regions there ever were: for names of codes in old records.
pub async fn all_regions(tx: &mut Tx) -> sqlx::Result<Vec<Named>> {
    tx.all("SELECT code, name_ko, name_en FROM regions ORDER BY code", ()).await
}

pub async fn banks(tx: &mut Tx) -> sqlx::Result<Vec<Named>> {
    tx.all("SELECT code, name_ko, name_en FROM banks ORDER BY code", ()).await
}

pub async fn use_cases(tx: &mut Tx) -> sqlx::Result<Vec<Named>> {
    tx.all("SELECT code, name_ko, name_en FROM use_cases ORDER BY code", ()).await
}

/// An indicator that the catalogue proposes for a use case.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ProposedIndicator {
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub unit: String,
    pub direction: String,
}

pub async fn proposed_indicators(tx: &mut Tx, use_case: &str) -> sqlx::Result<Vec<ProposedIndicator>> {
    tx.all(
        "SELECT code, name_ko, name_en, unit, direction FROM use_case_indicators WHERE use_case = $1 ORDER BY id",
        (use_case.to_owned(),),
    )
    .await
}

#[derive(sqlx::FromRow)]
struct ThresholdRow {
    id: i64,
    industry_code: String,
    excluding: Option<String>,
    sme_limit_won: i64,
    small_limit_won: i64,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    source: String,
}

/// The SME thresholds in force on a day.
pub async fn thresholds(tx: &mut Tx, on: NaiveDate) -> sqlx::Result<Vec<Threshold>> {
    let rows: Vec<ThresholdRow> = tx
        .all(
            "SELECT id, industry_code, excluding, sme_limit_won, small_limit_won, valid_from, valid_to, source
             FROM size_thresholds WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to >= $1) ORDER BY id",
            (on,),
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Threshold {
            id: row.id,
            industry_code: row.industry_code,
            excluding: row.excluding,
            sme_limit_won: row.sme_limit_won,
            small_limit_won: row.small_limit_won,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            source: row.source,
        })
        .collect())
}

pub async fn holidays(tx: &mut Tx) -> sqlx::Result<Holidays> {
    let days: Vec<NaiveDate> = tx.values("SELECT day FROM holidays ORDER BY day", ()).await?;
    Ok(days.into_iter().collect())
}

/// The stored text of a size class, read back; unknown text is a fault of the data.
pub fn size_class(code: &str) -> anyhow::Result<SizeClass> {
    SizeClass::from_code(code).ok_or_else(|| anyhow::anyhow!("no such size class: {code}"))
}
