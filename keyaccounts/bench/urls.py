"""The site's addresses and, for the bench only, the bare view it is compared with."""

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

from accounts.models import Organisation
from keyaccounts.common.access import signed_in
from keyaccounts.urls import urlpatterns as site

BARE = Engine().from_string(
    "<html><body><table>{% for o in rows %}<tr><td>{{ o.code }}</td><td>{{ o.name }}</td><td>{{ o.district }}</td>"
    "<td>{{ o.stage }}</td><td>{{ o.grade }}</td><td>{{ o.owner.name }}</td></tr>{% endfor %}</table></body></html>"
)


@signed_in
def bare(request: HttpRequest) -> HttpResponse:
    """A bare Django view that prints fifty rows."""
    rows = Organisation.objects.select_related("owner").order_by("code")[:50]
    return HttpResponse(BARE.render(Context({"rows": rows})))


urlpatterns = [*site, path("bench/bare/", bare, name="bench_bare")]
