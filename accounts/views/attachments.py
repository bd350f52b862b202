"""Papers of an organisation: added, opened through the row's scope, taken away (D4)."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.attachments import add_attachment, remove_attachment
from accounts.forms.attachments import AttachmentForm
from accounts.models import Attachment, Organisation
from accounts.rules.files import PDF
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.pages import done
from keyaccounts.common.roles import Role
from keyaccounts.common.uploads import kept_file

READERS = (Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING)
WRITERS = (Role.REP, Role.LEAD, Role.DIRECTOR)


@requires(*WRITERS)
def attachment_new(request: HttpRequest, organisation_pk: int) -> HttpResponse:
    """Add a paper, from the camera or from a file."""
    organisation = get_object_or_404(Organisation.objects.workable_by(request.user), pk=organisation_pk)
    form = AttachmentForm(request.POST or None, request.FILES or None)

    def act() -> str:
        file = form.cleaned_data["file"]
        add_attachment(
            organisation,
            file=file,
            name=file.name,
            kind=form.cleaned_data["kind"],
            note=form.cleaned_data["note"],
            by=request.user,
            at=clock.now(),
        )
        return organisation.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("File added."),
        context={
            "heading": _("Add a file to %(name)s") % {"name": organisation.name},
            "submit_label": _("Add file"),
            "cancel_url": organisation.get_absolute_url(),
            "multipart": True,
        },
    )


@requires(*READERS)
@require_safe
def attachment(request: HttpRequest, pk: int) -> FileResponse:
    """The file: pictures and PDFs open in the browser, the rest is a download."""
    row = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
    opens = row.is_picture or row.mime == PDF
    return kept_file(str(row.file.name), name=row.name, mime=row.mime, opens=opens)


@requires(*WRITERS)
@require_POST
def attachment_remove(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Attachment.objects.visible_to(request.user).select_related("organisation"), pk=pk)
    if not Organisation.objects.workable_by(request.user).filter(pk=row.organisation_id).exists():
        raise PermissionDenied
    try:
        remove_attachment(row, by=request.user, at=clock.now())
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return redirect(row.organisation)
    return done(request, row.organisation.get_absolute_url(), _("File taken away."))
