//! The parts of the form that are lists. A row keeps its id while it is changed, so that two people's edits of one
//! row find each other, and edits of different rows never meet.

use super::{Edit, Opened, finish, keep, open, settle, too_many, write};
use crate::{
    app::App,
    applications::{
        Application,
        actions::{Dossier, NewCost, NewIndicator, NewMember},
        forms::{CostForm, IndicatorForm, MemberForm, read_back, totals},
        rules::{COST_LINES_MAX, INDICATORS_MAX, Section, TEAM_MAX, merging::Fields},
        store::{
            dossier::{self, DraftCost, DraftIndicator, DraftMember},
            draft,
            revisions::Place,
        },
    },
    core::{
        actor::Actor,
        ids::new_uuid,
        refusal::{Outcome, Refusal},
    },
    db::Tx,
};
use uuid::Uuid;

/// The rows of a list, as far as they are filled in.
enum Rows {
    Indicators(Vec<(Uuid, NewIndicator)>),
    Costs(Vec<(Uuid, NewCost)>),
    Team(Vec<(Uuid, NewMember)>),
}

/// Somebody of the team as the form says it.
fn member_of(row: &DraftMember) -> NewMember {
    NewMember {
        role: row.role.clone(),
        person: row.person.clone(),
        to_hire: row.to_hire,
        share_percent: row.share_percent,
        months: row.months,
    }
}

fn member_row((id, new): (Uuid, NewMember)) -> DraftMember {
    let NewMember { role, person, to_hire, share_percent, months } = new;
    DraftMember { id, role, person, to_hire, share_percent, months }
}

/// An indicator as its form says it.
fn indicator_of(row: &DraftIndicator) -> NewIndicator {
    NewIndicator {
        name: row.name.clone(),
        unit: row.unit.clone(),
        direction: row.direction.parse().unwrap_or(crate::applications::rules::Direction::Up),
        baseline_milli: row.baseline_milli,
        target_milli: row.target_milli,
        baseline_period: row.baseline_period.clone(),
        baseline_source: row.baseline_source.clone(),
    }
}

/// A line of cost as its form says it.
fn cost_of(row: &DraftCost) -> NewCost {
    NewCost {
        category: row.category,
        description: row.description.clone(),
        unit: row.unit.clone(),
        quantity: row.quantity,
        unit_price: row.unit_price_won,
        taxed: row.taxed,
        support: row.support_won,
        in_kind: row.in_kind_won,
    }
}

impl Rows {
    async fn read(tx: &mut Tx, edit: Edit, section: Section) -> Outcome<Rows> {
        match section {
            Section::Indicators => {
                let rows = tx.rows(dossier::indicators(edit.id)).await?;
                Ok(Rows::Indicators(rows.iter().map(|row| (row.id, indicator_of(row))).collect()))
            }
            Section::Costs => {
                let rows = tx.rows(dossier::costs(edit.id)).await?;
                Ok(Rows::Costs(rows.iter().map(|row| (row.id, cost_of(row))).collect()))
            }
            Section::Team => {
                let rows = tx.rows(dossier::team(edit.id)).await?;
                Ok(Rows::Team(rows.iter().map(|row| (row.id, member_of(row))).collect()))
            }
            _ => Err(Refusal::not_found().into()),
        }
    }

    fn fields(&self, row: Uuid) -> Option<Fields> {
        fn of<T>(rows: &[(Uuid, T)], row: Uuid) -> Option<&T> {
            rows.iter().find(|(id, _)| *id == row).map(|(_, held)| held)
        }
        match self {
            Rows::Indicators(rows) => of(rows, row).map(NewIndicator::fields),
            Rows::Costs(rows) => of(rows, row).map(NewCost::fields),
            Rows::Team(rows) => of(rows, row).map(NewMember::fields),
        }
    }

    /// Puts these fields in the place of the row, or adds them as a new one.
    fn put(&mut self, row: Uuid, fields: &Fields) -> Outcome<()> {
        fn into<T>(rows: &mut Vec<(Uuid, T)>, row: Uuid, new: T) {
            match rows.iter_mut().find(|(id, _)| *id == row) {
                Some((_, held)) => *held = new,
                None => rows.push((row, new)),
            }
        }
        match self {
            Rows::Indicators(rows) => {
                into(rows, row, read_back::<IndicatorForm>(fields)?.parse()?);
                if rows.len() > INDICATORS_MAX {
                    return Err(too_many("name", INDICATORS_MAX));
                }
            }
            Rows::Costs(rows) => {
                into(rows, row, read_back::<CostForm>(fields)?.parse()?);
                if rows.len() > COST_LINES_MAX {
                    return Err(too_many("description", COST_LINES_MAX));
                }
            }
            Rows::Team(rows) => {
                into(rows, row, read_back::<MemberForm>(fields)?.parse()?);
                if rows.len() > TEAM_MAX {
                    return Err(too_many("member_role", TEAM_MAX));
                }
            }
        }
        Ok(())
    }

    fn take_out(&mut self, row: Uuid) {
        match self {
            Rows::Indicators(rows) => rows.retain(|(id, _)| *id != row),
            Rows::Costs(rows) => rows.retain(|(id, _)| *id != row),
            Rows::Team(rows) => rows.retain(|(id, _)| *id != row),
        }
    }

    async fn write(self, tx: &mut Tx, application: &mut Application) -> Outcome<()> {
        match self {
            Rows::Indicators(rows) => {
                write(tx, application).await?;
                let rows: Vec<DraftIndicator> = rows.into_iter().map(indicator_row).collect();
                draft::replace_indicators(tx, application.id, &rows).await?;
            }
            Rows::Costs(rows) => {
                let sums = totals(rows.iter().map(|(_, line)| line));
                application.total_won = sums.total;
                application.support_won = sums.support;
                application.own_won = sums.own;
                write(tx, application).await?;
                let rows: Vec<DraftCost> = rows.into_iter().map(cost_row).collect();
                draft::replace_costs(tx, application.id, &rows).await?;
            }
            Rows::Team(rows) => {
                write(tx, application).await?;
                let rows: Vec<DraftMember> = rows.into_iter().map(member_row).collect();
                draft::replace_team(tx, application.id, &rows).await?;
            }
        }
        Ok(())
    }
}

fn indicator_row((id, new): (Uuid, NewIndicator)) -> DraftIndicator {
    DraftIndicator {
        id,
        name: new.name,
        unit: new.unit,
        direction: new.direction.to_string(),
        baseline_milli: new.baseline_milli,
        target_milli: new.target_milli,
        baseline_period: new.baseline_period,
        baseline_source: new.baseline_source,
    }
}

fn cost_row((id, new): (Uuid, NewCost)) -> DraftCost {
    DraftCost {
        id,
        own_won: new.own(),
        category: new.category,
        description: new.description,
        unit: new.unit,
        taxed: new.taxed,
        in_kind_won: new.in_kind,
        quantity: new.quantity,
        unit_price_won: new.unit_price,
        support_won: new.support,
    }
}

/// What a row says now; None when there is no such row (any more).
pub(in crate::applications) fn row_fields(dossier: &Dossier, section: Section, row: Uuid) -> Option<Fields> {
    match section {
        Section::Indicators => dossier.indicators.iter().find(|held| held.id == row).map(|h| indicator_of(h).fields()),
        Section::Costs => dossier.costs.iter().find(|held| held.id == row).map(|held| cost_of(held).fields()),
        Section::Team => dossier.team.iter().find(|held| held.id == row).map(|held| member_of(held).fields()),
        _ => None,
    }
}

pub async fn put_indicator(app: &App, actor: &Actor, edit: Edit, row: Option<Uuid>, new: NewIndicator) -> Outcome<i64> {
    put_row(app, actor, edit, Section::Indicators, row, new.fields()).await
}

pub async fn put_cost(app: &App, actor: &Actor, edit: Edit, row: Option<Uuid>, new: NewCost) -> Outcome<i64> {
    put_row(app, actor, edit, Section::Costs, row, new.fields()).await
}

/// Adds a row, which takes nothing away from anybody, or changes one; answers the version that stands then.
/// Two people's changes of one row are brought together as those of a part are.
pub async fn put_row(
    app: &App,
    actor: &Actor,
    edit: Edit,
    section: Section,
    row: Option<Uuid>,
    yours: Fields,
) -> Outcome<i64> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let mut application = match open(&mut tx, actor, edit, "applications.save", now).await? {
        Opened::Fresh(application) => application,
        Opened::Before(version) => return Ok(version),
    };
    let mut rows = Rows::read(&mut tx, edit, section).await?;
    let version = application.version;
    let place = Place { section, row: Some(row.unwrap_or_else(new_uuid)) };
    let fields = match row {
        None => yours,
        Some(row) => {
            let gone = || Refusal::unacceptable("applications-refusal-row-gone");
            let theirs = rows.fields(row).ok_or_else(gone)?;
            let fields = settle(&mut tx, &application, edit, place, &theirs, yours).await?;
            if fields == theirs {
                return keep(tx, edit, version).await;
            }
            fields
        }
    };
    rows.put(place.row.unwrap_or_default(), &fields)?;
    rows.write(&mut tx, &mut application).await?;
    finish(tx, actor, edit, version + 1, &[(place, fields)], section, now).await
}

/// Takes a row out, unless somebody changed it since the page was made. One that is gone already is gone.
pub async fn remove_row(app: &App, actor: &Actor, edit: Edit, section: Section, row: Uuid) -> Outcome<i64> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let mut application = match open(&mut tx, actor, edit, "applications.save", now).await? {
        Opened::Fresh(application) => application,
        Opened::Before(version) => return Ok(version),
    };
    let mut rows = Rows::read(&mut tx, edit, section).await?;
    let version = application.version;
    let Some(theirs) = rows.fields(row) else { return keep(tx, edit, version).await };
    let place = Place { section, row: Some(row) };
    let newest = crate::applications::store::revisions::at(&mut tx, edit.id, place, i64::MAX).await?;
    if newest.is_some_and(|newest| newest.version > edit.version && newest.fields.0 == theirs) {
        return Err(Refusal::unacceptable("refusal-changed-meanwhile").into());
    }
    rows.take_out(row);
    rows.write(&mut tx, &mut application).await?;
    finish(tx, actor, edit, version + 1, &[], section, now).await
}

/// Puts these indicators in the place of all there were.
pub async fn save_indicators(app: &App, actor: &Actor, edit: Edit, new: Vec<NewIndicator>) -> Outcome<i64> {
    let rows = Rows::Indicators(new.into_iter().map(|row| (new_uuid(), row)).collect());
    replace(app, actor, edit, Section::Indicators, rows).await
}

/// Puts these lines in the place of all there were.
pub async fn save_costs(app: &App, actor: &Actor, edit: Edit, new: Vec<NewCost>) -> Outcome<i64> {
    let rows = Rows::Costs(new.into_iter().map(|row| (new_uuid(), row)).collect());
    replace(app, actor, edit, Section::Costs, rows).await
}

async fn replace(app: &App, actor: &Actor, edit: Edit, section: Section, rows: Rows) -> Outcome<i64> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let mut application = match open(&mut tx, actor, edit, "applications.save", now).await? {
        Opened::Fresh(application) => application,
        Opened::Before(version) => return Ok(version),
    };
    let version = application.version;
    if version != edit.version {
        return Err(Refusal::unacceptable("refusal-changed-meanwhile").into());
    }
    rows.write(&mut tx, &mut application).await?;
    finish(tx, actor, edit, version + 1, &[], section, now).await
}
