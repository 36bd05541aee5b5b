from . import api_common
from . import installed_location_controller
from . import contacts_controller
from . import sync_controller
from . import deletion_controller
from . import analytics_controller
from . import webhook_controller
from . import oauth_controller
