from . import const
from . import tools
from . import models
from . import controllers
from .hooks import post_init_hook, post_load, uninstall_hook
