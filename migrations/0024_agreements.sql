-- Agreements in depth: clauses in versions, sealed versions of an agreement, who assented and how, whose money the own
-- share is, blocks of a voucher, change requests, notices given, firms that were called because a voucher lies idle.

INSERT INTO voucher_states (name) VALUES ('active'), ('suspended'), ('lapsed'), ('closed');
UPDATE vouchers SET state = 'suspended' WHERE state = 'frozen';
UPDATE vouchers SET state = 'lapsed' WHERE state = 'expired';
UPDATE vouchers SET state = 'closed' WHERE state = 'revoked';
DELETE FROM voucher_states WHERE name IN ('frozen', 'expired', 'revoked');
ALTER TABLE vouchers ADD COLUMN first_used_at {time};
UPDATE vouchers SET first_used_at = (SELECT MIN(p.at) FROM ledger_postings p JOIN agreements g ON g.application_id = p.case_id
    WHERE g.id = vouchers.agreement_id AND p.kind = 'hold');
UPDATE vouchers SET state = 'active' WHERE state = 'issued' AND first_used_at IS NOT NULL;
-- How likely the voucher is to lapse, of a hundred, with what speaks for it; looked at once a day.
ALTER TABLE vouchers ADD COLUMN risk_points BIGINT NOT NULL DEFAULT 0;
ALTER TABLE vouchers ADD COLUMN risk_reasons TEXT NOT NULL DEFAULT '';
ALTER TABLE vouchers ADD COLUMN rated_on {date};
ALTER TABLE vouchers ADD COLUMN first_use_by {date};
CREATE INDEX vouchers_by_risk ON vouchers (risk_points, id);
CREATE INDEX vouchers_by_expiry ON vouchers (state, expires_on, id);

ALTER TABLE agreements ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE agreements ADD COLUMN activated_at {time};
-- What ties vendor and firm to each other, as it was found when the agreement was made; codes joined by commas.
ALTER TABLE agreements ADD COLUMN ties TEXT NOT NULL DEFAULT '';
-- Until when the own share is to be paid in.
ALTER TABLE agreements ADD COLUMN deposit_by {date};
UPDATE agreements SET activated_at = state_since WHERE state = 'active';
ALTER TABLE agreement_lines ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- Until when the firm answers a delivery; silence is never acceptance.
ALTER TABLE milestones ADD COLUMN answer_by {date};
CREATE INDEX milestones_by_state ON milestones (state, delivered_at, id);

CREATE TABLE clause_change_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO clause_change_states (name) VALUES ('preparing'), ('proposed'), ('adopted'), ('refused'), ('dropped');

-- The clauses of agreements, all of them in each version. Append-only.
CREATE TABLE clause_versions (
    version    BIGINT PRIMARY KEY,
    clauses    {json} NOT NULL,
    made_by    {uuid} REFERENCES people (id),
    adopted_by {uuid} REFERENCES people (id),
    adopted_at {time} NOT NULL,
    CONSTRAINT clause_versions_two_people CHECK (adopted_by <> made_by)
){strict};

CREATE TABLE clause_changes (
    id            {uuid} PRIMARY KEY,
    base_version  BIGINT NOT NULL REFERENCES clause_versions (version),
    clauses       {json} NOT NULL,
    reason        TEXT   NOT NULL,
    state         TEXT   NOT NULL REFERENCES clause_change_states (name),
    -- 1 while it is under way: only one is.
    live          BIGINT CONSTRAINT clause_changes_one_live UNIQUE,
    version       BIGINT NOT NULL,
    made_by       {uuid} NOT NULL REFERENCES people (id),
    made_at       {time} NOT NULL,
    decided_by    {uuid} REFERENCES people (id),
    decided_at    {time},
    decision_note TEXT   NOT NULL DEFAULT '',
    CONSTRAINT clause_changes_two_people CHECK (state <> 'adopted' OR decided_by <> made_by)
){strict};
CREATE INDEX clause_changes_by_time ON clause_changes (made_at, id);

-- Everybody who had a hand in a change: none of them adopts it.
CREATE TABLE clause_hands (
    change_id {uuid} NOT NULL REFERENCES clause_changes (id),
    person_id {uuid} NOT NULL REFERENCES people (id),
    PRIMARY KEY (change_id, person_id)
){strict};

CREATE TABLE agreement_change_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO agreement_change_states (name) VALUES ('requested'), ('assented'), ('applied'), ('refused'), ('withdrawn');

-- A change request: what the agreement says now and what it is to say.
CREATE TABLE agreement_changes (
    id                  {uuid} PRIMARY KEY,
    agreement_id        {uuid} NOT NULL REFERENCES agreements (id),
    kind                TEXT   NOT NULL,
    state               TEXT   NOT NULL REFERENCES agreement_change_states (name),
    base_version        BIGINT NOT NULL,
    reason              TEXT   NOT NULL,
    before              {json} NOT NULL,
    after               {json} NOT NULL,
    support_delta_won   BIGINT NOT NULL CHECK (support_delta_won <= 0),
    -- The vendor or the firm that would take over.
    new_vendor_id       {uuid} REFERENCES vendors (id),
    new_organisation_id {uuid} REFERENCES organisations (id),
    requested_by        {uuid} NOT NULL REFERENCES people (id),
    requested_at        {time} NOT NULL,
    decided_by          {uuid} REFERENCES people (id),
    decided_at          {time},
    decision_note       TEXT,
    state_since         {time} NOT NULL,
    CONSTRAINT agreement_changes_two_people CHECK (state <> 'applied' OR decided_by <> requested_by)
){strict};
CREATE INDEX agreement_changes_by_agreement ON agreement_changes (agreement_id, requested_at, id);
CREATE INDEX agreement_changes_by_state ON agreement_changes (state, state_since, id);
-- One at a time.
CREATE UNIQUE INDEX agreement_changes_one_live ON agreement_changes (agreement_id) WHERE state IN ('requested', 'assented');

-- Every text that an agreement had. The file is sealed once the text is in force.
CREATE TABLE agreement_versions (
    agreement_id   {uuid} NOT NULL REFERENCES agreements (id),
    version        BIGINT NOT NULL,
    -- None: made before clauses had versions.
    clause_version BIGINT REFERENCES clause_versions (version),
    change_id      {uuid} REFERENCES agreement_changes (id),
    content        TEXT   NOT NULL,
    content_sha256 {bytes} NOT NULL,
    made_at        {time} NOT NULL,
    in_force_at    {time},
    superseded_at  {time},
    file_id        {uuid} REFERENCES files (id),
    pdf_sha256     {bytes} CONSTRAINT agreement_versions_sealed_once UNIQUE,
    sealed_at      {time},
    PRIMARY KEY (agreement_id, version)
){strict};
INSERT INTO agreement_versions (agreement_id, version, content, content_sha256, made_at, in_force_at)
    SELECT id, 1, content, content_sha256, offered_at, activated_at FROM agreements;

-- Who assented for a party to an offer, or to a change, and how they proved who they are. Append-only.
CREATE TABLE agreement_assents (
    id           {uuid} PRIMARY KEY,
    agreement_id {uuid} NOT NULL REFERENCES agreements (id),
    change_id    {uuid} REFERENCES agreement_changes (id),
    party        TEXT   NOT NULL CHECK (party IN ('firm', 'vendor', 'agency')),
    person_id    {uuid} NOT NULL REFERENCES people (id),
    at           {time} NOT NULL,
    proven_at    {time} NOT NULL,
    how          TEXT   NOT NULL CHECK (how IN ('password', 'second_factor'))
){strict};
CREATE UNIQUE INDEX agreement_assents_to_offer ON agreement_assents (agreement_id, party) WHERE change_id IS NULL;
CREATE UNIQUE INDEX agreement_assents_to_change ON agreement_assents (change_id, party) WHERE change_id IS NOT NULL;

ALTER TABLE own_share_deposits ADD COLUMN payer_number TEXT;
-- Why a deposit under another name counts.
ALTER TABLE own_share_deposits ADD COLUMN mismatch_reason TEXT;

-- What was paid back to the firm of its own share. Append-only.
CREATE TABLE own_share_refunds (
    id             {uuid} PRIMARY KEY,
    agreement_id   {uuid} NOT NULL REFERENCES agreements (id),
    amount_won     BIGINT NOT NULL CHECK (amount_won > 0),
    bank_reference TEXT   NOT NULL CONSTRAINT own_share_refunds_once UNIQUE,
    paid_on        {date} NOT NULL,
    reason         TEXT   NOT NULL,
    recorded_by    {uuid} NOT NULL REFERENCES people (id),
    recorded_at    {time} NOT NULL
){strict};
CREATE INDEX own_share_refunds_by_agreement ON own_share_refunds (agreement_id);

-- While one of them is open nothing is drawn from the voucher.
CREATE TABLE voucher_blocks (
    id          {uuid} PRIMARY KEY,
    voucher_id  {uuid} NOT NULL REFERENCES vouchers (id),
    cause       TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    placed_by   {uuid} REFERENCES people (id),
    placed_at   {time} NOT NULL,
    lifted_by   {uuid} REFERENCES people (id),
    lifted_at   {time},
    lift_reason TEXT
){strict};
CREATE UNIQUE INDEX voucher_blocks_open ON voucher_blocks (voucher_id, cause) WHERE lifted_at IS NULL;
CREATE INDEX voucher_blocks_by_voucher ON voucher_blocks (voucher_id, placed_at);
INSERT INTO voucher_blocks (id, voucher_id, cause, reason, placed_at)
    SELECT id, id, 'amended_invoice', '', issued_at FROM vouchers WHERE state = 'suspended';

-- Reminders that were sent: each kind once for what it is about.
CREATE TABLE agreement_notices (
    subject_id {uuid} NOT NULL,
    kind       TEXT   NOT NULL,
    at         {time} NOT NULL,
    PRIMARY KEY (subject_id, kind)
){strict};

-- An officer spoke to a firm whose voucher may lapse.
CREATE TABLE voucher_contacts (
    id         {uuid} PRIMARY KEY,
    voucher_id {uuid} NOT NULL REFERENCES vouchers (id),
    note       TEXT   NOT NULL,
    by_id      {uuid} NOT NULL REFERENCES people (id),
    at         {time} NOT NULL
){strict};
CREATE INDEX voucher_contacts_by_voucher ON voucher_contacts (voucher_id, at);

INSERT INTO clause_versions (version, clauses, adopted_at) VALUES (1, '[
{
"code": "purpose",
"applies": "always",
"heading_ko": "지원금의 용도",
"heading_en": "Purpose of the support",
"text_ko": "지원금은 이 협약의 과제에만 쓸 수 있으며, 바우처 금액 {support}원을 넘을 수 없습니다.",
"text_en": "The support is for the project of this agreement only and never exceeds the amount of the voucher, KRW {support}."
},
{
"code": "own_share",
"applies": "own_share",
"heading_ko": "기업 부담금",
"heading_en": "Own share",
"text_ko": "수요기업은 자기 명의의 계좌에서 부담금 {own}원을 냅니다. 공급기업이나 다른 사람이 대신 내거나 돌려주면 협약을 해지하고 지원금을 환수합니다.",
"text_en": "The firm pays its own share of KRW {own} from an account in its own name. If the vendor or anybody else pays or gives it back, the agreement is terminated and the support recovered."
},
{
"code": "delivery",
"applies": "always",
"heading_ko": "납품과 인수",
"heading_en": "Delivery and acceptance",
"text_ko": "공급기업은 단계마다 납품한 뒤 전자세금계산서로 청구하고, 수요기업은 납품을 확인해 인수하거나 이의를 냅니다. 답이 없다고 해서 인수한 것으로 보지 않습니다.",
"text_en": "The vendor delivers a milestone and invoices it by electronic tax invoice; the firm accepts the delivery or disputes it. Silence is never taken for acceptance."
},
{
"code": "payment",
"applies": "always",
"heading_ko": "지급",
"heading_en": "Payment",
"text_ko": "지원금은 인수와 증빙이 확인된 뒤 공급기업의 등록된 계좌로 지급합니다.",
"text_en": "The support is paid to the registered account of the vendor once acceptance and evidence are checked."
},
{
"code": "vat",
"applies": "always",
"heading_ko": "부가가치세",
"heading_en": "VAT",
"text_ko": "부가가치세는 수요기업이 부담하며 지원금으로 낼 수 없습니다.",
"text_en": "VAT is borne by the firm and is never paid from the support."
},
{
"code": "outcomes",
"applies": "always",
"heading_ko": "성과",
"heading_en": "Outcomes",
"text_ko": "성과 지표의 기준값은 협약과 함께 고정되며, 수요기업은 정해진 때에 성과를 보고합니다.",
"text_en": "The baseline of the outcome indicators is locked with this agreement; the firm reports outcomes when they are due."
},
{
"code": "data",
"applies": "always",
"heading_ko": "데이터",
"heading_en": "Data",
"text_ko": "공급기업은 수요기업의 데이터를 협약 목적에만 쓰고, 끝나면 약속한 방법으로 돌려주거나 지웁니다.",
"text_en": "The vendor uses the firm''s data for this agreement only, and returns or deletes it as promised when it ends."
},
{
"code": "usage",
"applies": "usage_evidence",
"heading_ko": "사용 증빙",
"heading_en": "Evidence of use",
"text_ko": "공급기업은 청구하기 전에 솔루션이 쓰이고 있다는 기록을 냅니다. 기록이 없으면 청구를 승인하지 않습니다.",
"text_en": "Before it claims, the vendor shows records that the solution is used. Without them no claim is approved."
},
{
"code": "changes",
"applies": "always",
"heading_ko": "협약의 변경",
"heading_en": "Changes",
"text_ko": "협약은 변경 신청으로만 바꿉니다. 수요기업, 공급기업, 전문기관이 모두 동의해야 하며, 협약은 {ends_on}까지 유효하고 그때까지 쓰지 않은 지원금은 예산으로 돌아갑니다.",
"text_en": "This agreement changes by change request only, with the assent of firm, vendor and agency. It lasts until {ends_on}; support not used by then goes back to the budget."
},
{
"code": "misuse",
"applies": "always",
"heading_ko": "부정 사용과 해석",
"heading_en": "Misuse and language",
"text_ko": "거짓 자료, 목적 외 사용, 짬짜미가 확인되면 지급을 멈추고 관계 법령에 따라 환수하고 참여를 제한합니다. 한국어와 영어가 다르면 한국어가 우선합니다.",
"text_en": "False documents, use for other purposes and collusion stop all payments and lead to recovery and exclusion under the law. If Korean and English differ, the Korean text decides."
}
]', '2027-01-01T00:00:00+00:00');
