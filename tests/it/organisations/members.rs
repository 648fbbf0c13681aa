//! Stories of the people of an organisation: invited, changed, ended, and what each capacity may.

use crate::support::{Browser, PASSWORD, Tester};
use futures_util::future::join;
use uuid::Uuid;
use voucherdesk::{
    agreements::{self, AgreementId},
    applications::{
        self, ApplicationId,
        actions::{Edit, NewUseCase},
    },
    claims::{self, ClaimId},
    core::{
        actor::Actor,
        refusal::{Outcome, Status, Trouble},
        roles::{Capacity, OwnAct, Role},
    },
    db::once::Once,
    organisations::{self, OrganisationId},
    people::{self, PersonId},
};

const LIST: &str = "/organisation/people";

/// A person of the firm with these capacities.
pub async fn member(t: &Tester, email: &str, firm: OrganisationId, role: Role, capacities: &[Capacity]) -> Actor {
    let person = t.person(email).await;
    let mut tx = t.app.db.write().await.unwrap();
    people::join(&mut tx, &Actor::system(), person, role, Some(firm.0), capacities, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    t.actor(email).await
}

async fn owner(t: &Tester, firm: OrganisationId) -> Browser {
    member(t, "owner@firm.test", firm, Role::Firm, &[Capacity::Owner, Capacity::Signatory]).await;
    t.signed_in("owner@firm.test").await
}

both!(an_owner_invites_a_colleague_who_joins_by_a_link, async |t: Tester| {
    let firm = t.organisation(1).await;
    let mut owner = owner(&t, firm).await;
    let new = "/organisation/people/new";
    let refused = owner.fill(new, new, &[("email", "nobody"), ("name", ""), ("capacities", "king")]).await;
    assert_eq!(refused.status, 422);
    for field in ["email", "name", "capacities"] {
        assert!(refused.error_at(field).is_some(), "{field}");
    }
    let values = [("email", "Helper@firm.test"), ("name", "이서류"), ("capacities", "preparer")];
    owner.fill_and_follow(new, new, &values).await.says("Invitations sent").says("helper@firm.test").says("Preparer");
    let link = t.mailed_link("helper@firm.test").await;
    // A mail scanner opens the link first; that consumes nothing.
    t.outsider().see(&link).await;
    let mut helper = t.outsider();
    let values = [("name", "이서류"), ("password", PASSWORD), ("consent", "yes")];
    helper.see(&link).await.says("한빛정밀 1");
    assert_eq!(helper.fill(&link, &link, &[("name", "이서류"), ("password", "short")]).await.status, 422);
    helper.fill_and_follow(&link, &link, &values).await.says("한빛정밀 1");
    assert_eq!(t.outsider().get(&link).await.status, 409, "a link works once");
    helper.see(LIST).await.says("Preparer");
    assert!(helper.see(LIST).await.links().iter().all(|link| link != new), "only owners invite");
    assert_eq!(helper.get(new).await.status, 403);
    assert_eq!(t.actor("helper@firm.test").await.capacities, [Capacity::Preparer]);
    t.mails().await.iter().find(|mail| mail.to == "owner@firm.test").expect("the owner is told");
    owner.see("/organisation").await.says("Person joined").says("Preparer");
});

both!(an_invitation_is_for_its_address_and_can_be_taken_back, async |t: Tester| {
    let firm = t.organisation(1).await;
    let mut owner = owner(&t, firm).await;
    let new = "/organisation/people/new";
    t.person("known@firm.test").await;
    let values = [("email", "known@firm.test"), ("name", "박아는"), ("capacities", "viewer")];
    owner.fill_and_follow(new, new, &values).await;
    let link = t.mailed_link("known@firm.test").await;
    let mut other = t.newcomer().await;
    other.see(&link).await.says("Sign in with that address");
    let seen = t.outsider().see(&link).await;
    assert!(seen.link("/sign-in?next=/invitations/").contains("next"));
    let mut known = t.signed_in("known@firm.test").await;
    known.fill_and_follow(&link, &link, &[]).await;
    known.see("/organisation").await;
    assert_eq!(known.get("/organisation/edit").await.status, 200, "the page is there to read");
    let refused = known.fill("/organisation/edit", "/organisation/edit", &[("phone", "02-111-1111")]).await;
    refused.says("Only somebody who prepares");

    let values = [("email", "late@firm.test"), ("name", "최늦음"), ("capacities", "finance")];
    let seen = owner.fill_and_follow(new, new, &values).await;
    let link = t.mailed_link("late@firm.test").await;
    let seen = owner.submit(seen.form("/take-back")).await;
    assert_eq!(seen.status, 303);
    assert_eq!(t.outsider().get(&link).await.status, 409);
    t.advance(chrono::Duration::hours(73));
});

both!(two_signatories_who_leave_at_once_leave_one_behind, async |t: Tester| {
    let both = [Capacity::Owner, Capacity::Signatory];
    for round in 1..=5 {
        let firm = t.organisation(round).await;
        let one = member(&t, &format!("one{round}@firm.test"), firm, Role::Firm, &both).await;
        let other = member(&t, &format!("other{round}@firm.test"), firm, Role::Firm, &both).await;
        let (first, second) = join(
            organisations::actions::end_member(&t.app, &one, PersonId(one.id), Once::new()),
            organisations::actions::end_member(&t.app, &other, PersonId(other.id), Once::new()),
        )
        .await;
        let refused: Vec<&'static str> = [&first, &second]
            .into_iter()
            .filter_map(|result| match result {
                Err(Trouble::Refused(refusal)) => Some(refusal.key),
                _ => None,
            })
            .collect();
        assert_eq!(refused, ["organisations-refusal-last-signatory"], "{first:?} {second:?}");
        let mut tx = t.app.db.read().await.unwrap();
        assert_eq!(people::members(&mut tx, firm.0).await.unwrap().len(), 1);
    }
});

both!(a_member_that_is_ended_sees_nothing_from_the_next_request_on, async |t: Tester| {
    let firm = t.organisation(1).await;
    let mut owner = owner(&t, firm).await;
    let helper = member(&t, "helper@firm.test", firm, Role::Firm, &[Capacity::Viewer]).await;
    let stranger = member(&t, "stranger@firm.test", t.organisation(2).await, Role::Firm, &[Capacity::Owner]).await;
    let mut browser = t.signed_in("helper@firm.test").await;
    browser.see("/organisation").await;
    let path = format!("{LIST}/{}", helper.id);
    assert_eq!(owner.get(&format!("{LIST}/{}", stranger.id)).await.status, 404, "another firm's person is nobody");
    owner.fill_and_follow(&path, &path, &[("capacities", "finance")]).await.says("Finance");
    owner.fill_and_follow(&path, "/end", &[]).await;
    assert_eq!(browser.get("/organisation").await.status, 404);
    let me = t.actor("owner@firm.test").await;
    let own = format!("{LIST}/{}", me.id);
    let refused = owner.fill(&own, "/end", &[]).await;
    assert_eq!(refused.status, 422);
    refused.says("last signatory");
    let form = owner.see(&own).await.form(&own).without("capacities").with(&[("capacities", "owner")]);
    let refused = owner.submit(form).await;
    refused.says("last signatory");
    owner.see("/organisation").await.says("Person's access ended");
    // Ten minutes later a proof is asked for first.
    t.advance(chrono::Duration::minutes(11));
    owner.fill(&own, "/end", &[]).await.says("Prove once more");
});

fn is_forbidden<T: std::fmt::Debug>(outcome: Outcome<T>) -> bool {
    match outcome {
        Err(Trouble::Refused(refusal)) => {
            refusal.status == Status::Forbidden && refusal.key.starts_with("refusal-capacity")
        }
        _ => false,
    }
}

both!(each_capacity_may_what_the_table_says, async |t: Tester| {
    let firm = t.organisation(1).await;
    let app = &t.app;
    member(&t, "owner@firm.test", firm, Role::Firm, &[Capacity::Owner, Capacity::Signatory]).await;
    let use_case = || NewUseCase {
        title: String::new(),
        use_case: None,
        process_name: String::new(),
        problem: String::new(),
        plan: String::new(),
    };
    for capacity in Capacity::ALL {
        let actor = member(&t, &format!("{capacity}@only.test"), firm, Role::Firm, &[*capacity]).await;
        let edit = || Edit { id: ApplicationId::new(), version: 1, once: Once::new(), auto: false };
        let (agreement, claim) = (AgreementId(Uuid::now_v7()), ClaimId(Uuid::now_v7()));
        let tried = [
            (OwnAct::Draft, is_forbidden(applications::actions::save_use_case(app, &actor, edit(), use_case()).await)),
            (
                OwnAct::Submit,
                is_forbidden(applications::actions::submit(app, &actor, edit(), t.now()).await.map(|_| ())),
            ),
            (
                OwnAct::Withdraw,
                is_forbidden(applications::actions::withdraw(app, &actor, ApplicationId::new(), "", Once::new()).await),
            ),
            (OwnAct::Assent, is_forbidden(agreements::actions::assent(app, &actor, agreement, Once::new()).await)),
            (OwnAct::Accept, is_forbidden(claims::actions::answer(app, &actor, claim, true, "", Once::new()).await)),
            (
                OwnAct::People,
                is_forbidden(organisations::actions::take_back(app, &actor, Uuid::now_v7(), Once::new()).await),
            ),
            (
                OwnAct::Documents,
                is_forbidden(organisations::actions::remove_document(app, &actor, Uuid::now_v7(), Once::new()).await),
            ),
        ];
        for (act, forbidden) in tried {
            assert_eq!(!forbidden, act.by().contains(capacity), "{capacity} {act}");
        }
    }
});
