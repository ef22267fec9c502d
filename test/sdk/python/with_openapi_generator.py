"""A client made by openapi-generator's `python`: an API class for each tag, problems as exceptions with typed data."""
import sys

from openapi_client import ApiClient, Configuration, DiscoveryApi, EvaluationApi, EvaluationRequest, PixelsApi, Problem, SeverityRequest
from openapi_client.exceptions import NotFoundException
from report import GRADES, report

origin, study, index, no_study = sys.argv[1:]
client = ApiClient(Configuration(host=origin))

studies = DiscoveryApi(client).list_studies(annotated=True)

answer = PixelsApi(client).get_slice_raw_with_http_info(study, "image", int(index))
assert answer.headers is not None
assert isinstance(answer.data, (bytes, bytearray))

try:
    DiscoveryApi(client).get_study(no_study)
except NotFoundException as error:
    problem = error.data
assert isinstance(problem, Problem)

evaluation = EvaluationApi(client)
grades = SeverityRequest.from_dict(GRADES)
assert grades is not None
graded = evaluation.score_severity(grades)
run = evaluation.create_evaluation(EvaluationRequest(name="generated"))
with open("prediction.npy", "rb") as mask:
    scored = evaluation.put_evaluation_mask(run.id, study, mask.read())

report(
    [one.id for one in studies.items],
    # this client keeps headers under the names on the wire, in lower case
    answer.headers["array-dtype"], answer.headers["array-shape"], bytes(answer.data),
    problem.type, problem.status, problem.title, problem.detail,
    graded.severity.accuracy.value, scored.dice, run.name,
)
