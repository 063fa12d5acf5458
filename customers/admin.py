"""The tokens' own pages are taken away: they tell staff nothing. Accounts: ticketing/admin."""

from django.contrib import admin
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

admin.site.unregister([BlacklistedToken, OutstandingToken])
