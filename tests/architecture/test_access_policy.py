"""Who may open what: one row for every URL name, held against what the views declare and what they answer.

A new address without a row fails. Rows of people outside their scope are each page's own tests; here it is
the role at the door, the stranger, and the record that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from keyaccounts.common.roles import Role
from tests import given

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PUBLIC: frozenset[str] = frozenset()
EVERYONE = frozenset(Role.values)
REP, LEAD, DIRECTOR, MARKETING = (
    {role.value} for role in (Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING)
)
SALES = frozenset(REP | LEAD | DIRECTOR)
READERS = SALES | MARKETING
HEADS = frozenset(LEAD | DIRECTOR)
WRITERS = frozenset(DIRECTOR | MARKETING)

SPENDERS = frozenset(Role.values) - {Role.SYSADMIN.value}
STORE = frozenset(READERS | {Role.ADMIN_CENTRE.value})
DECIDERS = frozenset(DIRECTOR | MARKETING | {Role.ADMIN_CENTRE.value})
KEEPERS = frozenset(MARKETING | {Role.ADMIN_CENTRE.value})
LEDGER = frozenset({Role.FINANCE.value} | DIRECTOR | MARKETING)

POLICY: dict[frozenset[str] | tuple[str, ...], str] = {
    ("public",): """
        healthz readyz people:sign_in people:language
    """,
    EVERYONE: """
        home people:sign_out people:password people:me people:save_filter
        notices:inbox notices:read_all notices:open notices:read
        campaigns:campaigns campaigns:current campaigns:campaign campaigns:board campaigns:work campaigns:phase
        campaigns:work_item campaigns:work_item_move campaigns:work_item_document campaigns:work_item_attach
        accounts:targets_of_campaign
        imports:start imports:template imports:upload imports:write imports:failed
        imports:revert imports:decide
        exports:exports exports:export exports:download exports:stop
    """,
    WRITERS: """
        people:teams
        campaigns:campaign_new campaigns:campaign_from_plan campaigns:campaign_edit campaigns:campaign_start
        campaigns:campaign_close campaigns:next_round campaigns:confirm campaigns:targets campaigns:phase_new
        campaigns:phase_edit campaigns:work_item_new campaigns:work_item_edit
        budget:start budget:edit budget:confirm budget:line_new budget:line_edit budget:line_remove
        materials:load_list materials:material_new materials:material_edit materials:material_move
        materials:material_confirm materials:material_publish
        visits:fleet visits:fleet_new visits:fleet_edit
    """,
    frozenset(MARKETING | {Role.FINANCE.value}): """
        budget:book budget:entry_act budget:claim_pay
    """,
    frozenset(MARKETING): """
        people:team
        visits:vehicle_assign visits:vehicle_refuse visits:vehicle_returned
    """,
    frozenset(DIRECTOR): """
        dashboard:trail
        accounts:intel_read accounts:key_change_decide accounts:priority_decide accounts:evaluation_review
        visits:to_review visits:report_review visits:report_return visits:report_reopen
        budget:supplement_decide budget:transfer_decide budget:approve budget:close budget:reopen
    """,
    SPENDERS: """
        budget:preview budget:supplements budget:supplement_new budget:supplement budget:supplement_edit
        budget:supplement_hand_in budget:supplement_withdraw budget:supplement_pdf
        budget:transfers budget:transfer_new budget:transfer budget:transfer_edit
        budget:transfer_hand_in budget:transfer_withdraw budget:transfer_pdf
        budget:claims budget:claim_new budget:claim budget:claim_edit budget:claim_submit budget:claim_withdraw
        budget:claim_pdf budget:claim_receipts budget:receipt budget:receipt_remove
        visits:travel_claim visits:guests visits:guests_pdf
    """,
    LEDGER: """
        budget:ledger budget:claim_decide budget:current budget:budget budget:line budget:estimates budget:commitments
        budget:execution_pdf budget:entry dashboard:workbook
    """,
    STORE: """
        materials:requisitions materials:requisition_new materials:requisition materials:requisition_edit
        materials:requisition_withdraw materials:requisition_call_off materials:requisition_pdf materials:packing_pdf
        materials:handover_confirm materials:receipts_confirm
        materials:extras materials:extra_new materials:extra materials:extra_edit materials:extra_withdraw
        materials:extra_pdf materials:kits materials:kit
        materials:materials materials:material materials:stock materials:moves materials:loans
        materials:file_add materials:file materials:file_final
    """,
    frozenset(DECIDERS | {Role.FINANCE.value}): """
        dashboard:approvals
    """,
    DECIDERS: """
        materials:requisition_decide materials:extra_decide
        materials:stocktakes materials:stocktake materials:stocktake_pdf
    """,
    KEEPERS: """
        materials:requisition_issue materials:packing_of_day
        materials:receive materials:out materials:back materials:move_reverse materials:loan_return
        materials:stocktake_start materials:stocktake_count materials:stocktake_close
    """,
    frozenset(REP | LEAD): """
        visits:my_plan
    """,
    HEADS: """
        visits:plans visits:visit_plan_decide
        dashboard:hand_over dashboard:hand_over_list dashboard:hand_over_lists dashboard:merge
    """,
    READERS: """
        accounts:organisations accounts:organisation accounts:silent accounts:search accounts:intel accounts:ranking
        accounts:priority_lists accounts:priority_list accounts:priority_pdf accounts:priority_excel
        accounts:evaluation accounts:fact_history accounts:suggest accounts:attachment dashboard:timeline
        visits:visits visits:visit visits:week visits:month visits:gaps visits:of_organisation visits:report
        visits:report_pdf visits:week_reports_pdf visits:blank_report_pdf visits:compare
        visits:organisation_reports_pdf visits:organisation_blank_pdf visits:photo
        visits:vehicles visits:vehicle_calendar visits:vehicle_request visits:vehicle_edit visits:vehicle_withdraw
        visits:vehicle_slip
    """,
    SALES: """
        accounts:organisation_new accounts:organisation_edit accounts:organisation_stage
        accounts:organisation_collaborators accounts:duplicates_of
        accounts:contact_new accounts:contact_edit accounts:key_change_new accounts:key_change_withdraw
        accounts:log_contact accounts:log_contact_at accounts:intel_new accounts:intel_at
        accounts:evaluation_new accounts:priority_submit accounts:attachment_new accounts:attachment_remove
        accounts:imports accounts:import_batch
        visits:today visits:calls visits:plan visits:visit_edit visits:call visits:visit_reschedule
        visits:visit_drop visits:visit_step visits:photos visits:photo_remove
        visits:visit_materials visits:materials_of_day
        visits:vehicle_new visits:travel_claim_new visits:travel_claim_edit visits:travel_claim_submit
        visits:guests_new visits:guests_edit visits:guests_submit visits:guests_report
        visits:visit_plan
    """,
}
TABLE: dict[str, frozenset[str]] = {
    name: PUBLIC if isinstance(roles, tuple) else roles
    for roles, names in POLICY.items()
    for name in names.split()
}
# What stands in an address for a record or a word that is not there.
NOWHERE = {
    "kind": "scrap",
    "how": "cancel",
    "step": "finish",
    "stage": "parked",
    "field": "staff_count",
    "listing": "nowhere",
}


def views(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, Any, set[str]]]:
    """Every URL name outside the admin with its view and the names of its arguments."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from views(pattern, inner)
        elif isinstance(pattern, URLPattern):
            arguments = set(pattern.pattern.regex.groupindex)
            yield f"{space}{pattern.name}", pattern.callback, arguments


ADDRESSES = {name: arguments for name, _view, arguments in views()}


def address(name: str) -> str:
    return reverse(
        name, kwargs={argument: NOWHERE.get(argument, 999_999) for argument in ADDRESSES.get(name, ())}
    )


def test_every_url_name_has_a_row_and_every_row_a_url():
    assert sorted(ADDRESSES) == sorted(TABLE)


def test_every_view_declares_what_the_table_says():
    declared = {}
    for name, view, _arguments in views():
        access = getattr(getattr(view, "view_class", view), "access", None)
        declared[name] = access and (access.public, access.roles)

    assert declared == {name: (roles == PUBLIC, roles) for name, roles in TABLE.items()}


def test_no_row_is_in_the_table_twice():
    assert sum(len(names.split()) for names in POLICY.values()) == len(TABLE)


@pytest.mark.parametrize("role", list(Role))
def test_the_door_is_shut_to_every_other_role(sign_in, role):
    client = sign_in(given.a_person(role))
    shut = [name for name, roles in TABLE.items() if roles != PUBLIC and role.value not in roles]

    answers = {name: client.get(address(name)).status_code for name in shut}

    assert {name: status for name, status in answers.items() if status != 403} == {}


def test_a_stranger_is_sent_to_sign_in_from_everywhere(client):
    guarded = [name for name, roles in TABLE.items() if roles != PUBLIC]

    answers = {name: client.get(address(name)) for name in guarded}

    assert {
        n: a.status_code
        for n, a in answers.items()
        if not a.get("Location", "").startswith("/people/sign-in/")
    } == {}


@pytest.mark.parametrize("role", list(Role))
def test_a_record_that_is_not_there_is_404_whatever_the_role(sign_in, role):
    client = sign_in(given.a_person(role))
    of_a_record = [
        name for name, roles in TABLE.items() if role.value in roles and ADDRESSES[name] - {"listing"}
    ]

    answers = {name: client.get(address(name)).status_code for name in of_a_record}
    posted = {
        name: client.post(address(name)).status_code for name, status in answers.items() if status == 405
    }

    assert {name: status for name, status in {**answers, **posted}.items() if status != 404} == {}


@pytest.mark.parametrize("role", [Role.REP, Role.LEAD, Role.MARKETING, Role.ADMIN_CENTRE, Role.FINANCE])
def test_the_settings_are_shut_to_everybody_but_director_and_administrator(sign_in, role):
    client = sign_in(given.a_person(role))

    answers = {name: client.get(url).status_code for name, url in admin_addresses()}

    assert answers
    assert {name: status for name, status in answers.items() if status not in (302, 403)} == {}


def admin_addresses() -> Iterator[tuple[str, str]]:
    """The lists and add forms of every model in the admin."""
    from django.contrib import admin

    for model in admin.site._registry:
        for page in ("changelist", "add"):
            yield (
                f"{model._meta.label_lower} {page}",
                reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"),
            )
