"""For a WSGI server of a city's own choice: `waitress-serve wsgi:application`."""

from pia import config
from pia.actions.upkeep import starting
from pia.actions.workplace import open_workplace
from pia.web.application import create_zone

_settings = config.load()
starting.must(_settings)
application = create_zone("staff", open_workplace(_settings), _settings)
