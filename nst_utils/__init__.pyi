# The names of the package, in the order in which data flows: picture -> network -> features -> statistic -> objective
# -> optimizer -> result -> figure, widget, page, file. A folder imports only from folders above it here.

# base: what everything stands on
from .base.errors import BackboneError as BackboneError
from .base.errors import DivergedError as DivergedError
from .base.errors import DownloadError as DownloadError
from .base.errors import MemoryBudgetError as MemoryBudgetError
from .base.errors import NSTError as NSTError
from .base.errors import PictureError as PictureError
from .base.errors import SettingError as SettingError

# images: a picture
from .images.gallery import Pictures as Pictures
from .images.gallery import pictures as pictures
from .images.opening import picture as picture
from .images.saving import save_picture as save_picture

# networks: what looks at it, and the features of its layers
from .networks.backbone import Backbone as Backbone
from .networks.catalog import PRESETS as PRESETS
from .networks.loading import default_layers as default_layers
from .networks.loading import load_backbone as load_backbone
from .networks.loading import use as use
from .networks.originals import fetch_originals as fetch_originals
from .networks.table import backbones as backbones

# losses: a statistic of features, and how far two of them are apart
from .losses.normalizations import NORMALIZATIONS as NORMALIZATIONS
from .losses.normalizations import convert_weight as convert_weight
from .losses.smoothness import total_variation as total_variation
from .losses.statistics import STATISTICS as STATISTICS
from .losses.statistics import gram_matrix as gram_matrix

# metrics, plots: what a painting measures, and figures
from . import metrics as metrics
from . import plots as plots
from .plots.pictures import contact_sheet as contact_sheet
from .plots.pictures import triptych as triptych

# control: where, in which colors
from .control.colors import color_map as color_map
from .control.selecting import select as select

# engine: settings, objective, optimizer, run, result
from .engine.objective import Objective as Objective
from .engine.result import Result as Result
from .engine.stylize import stylize as stylize

# film: frames in, frames out
from .film.video import Film as Film
from .film.video import video as video

# study: many runs as one experiment, and what they tell
from .study.claims import claims as claims
from .study.claims import verdict as verdict
from .study.comparison import compare as compare
from .study.grid import saved as saved
from .study.grid import sweep as sweep

# web: pictures with their credits
from .web.collecting import collect as collect

# voting: people as judges
from .voting.box import votes as votes
from .voting.ranking import Ranking as Ranking
from .voting.ranking import rank as rank

# widgets, studio: to play with
from . import widgets as widgets
from .widgets.vote import vote as vote
from .studio.app import Studio as Studio

# exercises: checked at once
from .exercises import check as check
from .exercises import hint as hint
from .exercises import progress as progress
