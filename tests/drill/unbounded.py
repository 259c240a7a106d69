"""The deliberately wrong setting: the application without its bound. Only for the overload drill's control.

granian --interface wsgi tests.drill.unbounded:application
"""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
