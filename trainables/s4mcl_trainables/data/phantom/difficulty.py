"""How hard the phantom is: every number that was set by measurement, in one place."""

from dataclasses import dataclass

Range = tuple[float, float]  # uniform between the two


@dataclass(frozen=True)
class Difficulty:
    """Knobs of the phantom. Lengths are shares of the patch's side, intensities shares of the grey range.

    Changing any default makes another phantom.
    """

    # where the target stands among its neighbours
    pitch: Range = (0.43, 0.74)  # from one vertebra to the next, by patient
    pitch_spread: float = 0.06  # relative, within a patient
    jitter_along: float = 0.43  # of the target along the spine, in pitches; the target is the body nearest the centre
    jitter_across: float = 0.20
    tilt: float = 40.0  # degrees to either side
    bend: float = 7.0  # degrees from one vertebra to the next, to either side
    # shapes
    height_loss: Range = (0.15, 0.50)  # of a fractured body
    mild_bias: float = 1.0  # 0 draws the losses uniformly, 1 makes mild ones commoner
    normal_wedge: float = 0.07  # height loss that normal bodies show, as a share
    normal_concavity: float = 0.07
    neighbour_fracture: float = 0.08  # chance that a neighbour is fractured, whatever the target is
    # how bodies look
    contrast: Range = (-0.24, 0.24)  # of a body against what surrounds it, by patient; below 0: fainter
    rim: Range = (0.02, 0.16)  # brightness of the cortical edge, by patient
    frame: float = 0.20  # least sum of rim and contrast: bodies without contrast show as frames
    edge: Range = (0.012, 0.03)  # width over which a body fades out
    neighbour_similarity: float = 0.35  # 1: neighbours are as bright as the target
    texture: Range = (0.04, 0.10)  # trabecular texture
    posterior: Range = (0.08, 0.22)  # brightness of pedicles and processes
    # what lies over and behind
    soft_tissue: Range = (0.05, 0.22)
    gradient: Range = (0.05, 0.35)
    clutter: Range = (0.02, 0.12)  # gas and stool over the bodies
    ribs: Range = (0.03, 0.11)
    rib_chance: float = 0.6  # share of patients with ribs in the field
    # detector
    blur: Range = (0.2, 0.55)  # 0 none, 1 strong
    noise: Range = (0.008, 0.03)
    exposure: Range = (0.33, 0.55)  # mean grey
    inverted: float = 0.5  # share of patients whose films are shown with bone dark
    tone: float = 0.5  # bend of the grey curve, to either side
    # classes
    fractured: float = 0.5  # share of fractured patches
    patient_effect: float = 0.6  # how much patients differ in their share of fractures
    impaction: float = 1.80  # brightness of the dense band under a collapsed plate, per height loss
    osteoporosis: float = 0.15  # how much fainter the bodies of patients with many fractures are
