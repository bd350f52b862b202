"""Whatever is sent to a form of the settings, it answers with a page."""

import pytest
from django.contrib import admin
from django.urls import reverse

from keyaccounts.common.roles import Role
from tests import given

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_an_empty_form_is_asked_to_be_filled_in(sign_in, model):
    client = sign_in(given.a_person(Role.DIRECTOR, Role.SYSADMIN))
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")

    answer = client.post(address, {})

    assert answer.status_code in (200, 302, 403)
