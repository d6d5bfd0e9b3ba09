"""Documents that nobody issued, drawn from a seed, with the truth about each.

`make` draws one (vector PDF with a text layer), `picture` renders it, `photo` and `damage` do to
it what phones do, `collage` lays several on one desk, `xml` and `ofd` give original files,
`demo_claims` and `write_dataset` make whole claims and benchmark sets.
"""

from yuepi.lab.samples.catalogue import DRAWERS, make
from yuepi.lab.samples.collages import collage
from yuepi.lab.samples.damage import STRENGTHS, Strength, damage, photo, turn
from yuepi.lab.samples.dataset import write_dataset
from yuepi.lab.samples.demo import DEMO_COMPANY, DemoClaim, demo_claims, jpeg_file
from yuepi.lab.samples.originals import ofd, xml
from yuepi.lab.samples.sample import Picture, Sample, picture
from yuepi.lab.samples.wishes import Wishes
from yuepi.lab.samples.words import Company

__all__ = [
    "DEMO_COMPANY",
    "DRAWERS",
    "STRENGTHS",
    "Company",
    "DemoClaim",
    "Picture",
    "Sample",
    "Strength",
    "Wishes",
    "collage",
    "damage",
    "demo_claims",
    "jpeg_file",
    "make",
    "ofd",
    "photo",
    "picture",
    "turn",
    "write_dataset",
    "xml",
]
