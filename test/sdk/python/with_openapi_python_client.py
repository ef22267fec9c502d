"""A client made by openapi-python-client: typed functions, bytes, and problems as a class."""
import sys

from niiserve_client import Client
from niiserve_client.api.discovery import get_study, list_studies
from niiserve_client.api.evaluation import create_evaluation, put_evaluation_mask, score_severity
from niiserve_client.api.pixels import get_slice_raw
from niiserve_client.models import Evaluation, EvaluationRequest, GetSliceRawVolume, MaskScore, Problem, SeverityRequest, SeverityScore, StudyList
from niiserve_client.types import File
from report import GRADES, report

origin, study, index, no_study = sys.argv[1:]
client = Client(base_url=origin)

studies = list_studies.sync(client=client, annotated=True)
assert isinstance(studies, StudyList)

answer = get_slice_raw.sync_detailed(study, GetSliceRawVolume.IMAGE, int(index), client=client)
assert isinstance(answer.parsed, File)

problem = get_study.sync(no_study, client=client)
assert isinstance(problem, Problem)

graded = score_severity.sync(client=client, body=SeverityRequest.from_dict(GRADES))
assert isinstance(graded, SeverityScore)
run = create_evaluation.sync(client=client, body=EvaluationRequest(name="generated"))
assert isinstance(run, Evaluation)
with open("prediction.npy", "rb") as mask:
    scored = put_evaluation_mask.sync(run.id, study, client=client, body=File(payload=mask))
assert isinstance(scored, MaskScore)

report(
    [one.id for one in studies.items],
    answer.headers["Array-Dtype"], answer.headers["Array-Shape"], answer.parsed.payload.read(),
    problem.type_, problem.status, problem.title, problem.detail,
    graded.severity.accuracy.value, scored.dice, run.name,
)
