"""A client made by openapi-python-client: typed functions, bytes, and problems as a class."""
import sys

from niiserve_client import Client
from niiserve_client.api.discovery import get_study, list_studies
from niiserve_client.api.pixels import get_slice_raw
from niiserve_client.models import GetSliceRawVolume, Problem, StudyList
from niiserve_client.types import File
from report import report

origin, study, index, no_study = sys.argv[1:]
client = Client(base_url=origin)

studies = list_studies.sync(client=client, annotated=True)
assert isinstance(studies, StudyList)

answer = get_slice_raw.sync_detailed(study, GetSliceRawVolume.IMAGE, int(index), client=client)
assert isinstance(answer.parsed, File)

problem = get_study.sync(no_study, client=client)
assert isinstance(problem, Problem)

report(
    [one.id for one in studies.items],
    answer.headers["Array-Dtype"], answer.headers["Array-Shape"], answer.parsed.payload.read(),
    problem.type_, problem.status, problem.title, problem.detail,
)
