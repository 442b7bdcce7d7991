# The names of the package, in the order in which data flows.

# base: errors
# metrics, plots: what a painting measures, and figures
from . import metrics as metrics
from . import plots as plots

# widgets, studio: to play with
from . import widgets as widgets
from .base.errors import BackboneError as BackboneError
from .base.errors import DivergedError as DivergedError
from .base.errors import DownloadError as DownloadError
from .base.errors import MemoryBudgetError as MemoryBudgetError
from .base.errors import NSTError as NSTError
from .base.errors import PictureError as PictureError
from .base.errors import SettingError as SettingError

# engine: objective, optimizer, result
from .engine.objective import Objective as Objective
from .engine.run import Result as Result
from .engine.run import stylize as stylize

# exercises: checked at once
from .exercises import check as check
from .exercises import hint as hint
from .exercises import progress as progress

# images: a picture
from .images.opening import Pictures as Pictures
from .images.opening import picture as picture
from .images.opening import pictures as pictures
from .images.opening import save_picture as save_picture

# losses: a statistic of its features, and how far two are apart
from .losses.statistics import NORMALIZATIONS as NORMALIZATIONS
from .losses.statistics import STATISTICS as STATISTICS
from .losses.statistics import convert_weight as convert_weight
from .losses.statistics import gram_matrix as gram_matrix
from .losses.statistics import total_variation as total_variation

# networks: what looks at it
from .networks.backbone import Backbone as Backbone
from .networks.catalog import PRESETS as PRESETS
from .networks.loading import default_layers as default_layers
from .networks.loading import load_backbone as load_backbone
from .networks.loading import use as use
from .networks.table import backbones as backbones
from .plots.pictures import contact_sheet as contact_sheet
from .plots.pictures import triptych as triptych
from .studio.app import Studio as Studio

# study: many runs as one experiment, and what they tell
from .study.claims import claims as claims
from .study.claims import verdict as verdict
from .study.comparison import compare as compare
from .study.grid import saved as saved
from .study.grid import sweep as sweep
from .study.tables import Table as Table

# web: pictures with their credits
from .web.collecting import collect as collect
