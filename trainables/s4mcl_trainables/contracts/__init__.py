"""What every method keeps to, as checks that run over one of yours: `python -m s4mcl_trainables.contracts NAME`.

In a test of pytest, each check by itself:

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_contract(check, tmp_path):
        check(case_of("mine", tmp_path))
"""

from s4mcl_trainables.contracts.case import BrokenContractError, Case, case_of
from s4mcl_trainables.contracts.learner_contract import LEARNER_CHECKS
from s4mcl_trainables.contracts.method_contract import METHOD_CHECKS

CHECKS = (*METHOD_CHECKS, *LEARNER_CHECKS)

__all__ = ["CHECKS", "LEARNER_CHECKS", "METHOD_CHECKS", "BrokenContractError", "Case", "case_of"]
