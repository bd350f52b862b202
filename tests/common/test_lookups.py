"""``__among`` and ``BlanksLast``: what PostgreSQL must be told so that it asks its indexes."""

import pytest
from django.db import connection
from django.db.models import Q

from accounts.models import Organisation
from tests.given import a_rep, a_visit, an_organisation
from visits.models import Visit

pytestmark = pytest.mark.django_db


def test_among_finds_what_in_finds():
    owner, companion = a_rep(), a_rep()
    own, joined, _other = an_organisation(owner=owner), an_organisation(), an_organisation()
    joined.collaborators.add(owner)
    invited = a_visit(an_organisation())
    invited.visitors.add(owner)
    through = Organisation.collaborators.through.objects.filter(user=owner).values("organisation")

    found = Organisation.objects.filter(Q(owner=owner) | Q(pk__among=through))
    assert set(found) == set(Organisation.objects.filter(Q(owner=owner) | Q(pk__in=through))) == {own, joined}
    # Over a foreign key too, and not at all for somebody without rows.
    planned = a_visit(own), a_visit(joined)
    assert set(Visit.objects.visible_to(owner)) == {*planned, invited}
    assert not Visit.objects.visible_to(companion).exists()


def test_among_takes_values_as_in_does():
    wanted = [an_organisation().pk, an_organisation().pk]
    an_organisation()
    assert sorted(Organisation.objects.filter(pk__among=wanted).values_list("pk", flat=True)) == wanted


def test_a_locked_row_can_be_chosen_among_ones_own():
    owner = a_rep()
    visit = a_visit(an_organisation(owner=owner))
    assert Visit.objects.visible_to(owner).select_for_update(of=("self",)).get(pk=visit.pk) == visit


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite asks its indexes by itself")
def test_postgresql_works_the_values_out_first():
    owner = a_rep()
    a_visit(an_organisation(owner=owner))
    assert "= ANY(ARRAY(SELECT" in str(Visit.objects.visible_to(owner).query)


def test_an_index_for_a_list_that_runs_downwards_with_its_blanks_at_the_end():
    index = next(index for index in Visit._meta.indexes if index.name == "visit_latest")
    made = str(index.create_sql(Visit, connection.SchemaEditorClass(connection)))
    last = " NULLS LAST" if connection.vendor == "postgresql" else ""
    assert f'"planned_at" DESC{last}, "id" DESC' in made
