"""A client made by openapi-generator's `python`: an API class for each tag, problems as exceptions with typed data."""
import sys

from openapi_client import ApiClient, Configuration, DiscoveryApi, PixelsApi, Problem
from openapi_client.exceptions import NotFoundException
from report import report

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

report(
    [one.id for one in studies.items],
    # this client keeps headers under the names on the wire, in lower case
    answer.headers["array-dtype"], answer.headers["array-shape"], bytes(answer.data),
    problem.type, problem.status, problem.title, problem.detail,
)
