import type { Scenario } from './scenario.js'
import { batchStorm } from './scenarios/batch-storm.js'
import { busy } from './scenarios/busy.js'
import { catalog100k } from './scenarios/catalog-100k.js'
import { coldClients } from './scenarios/cold-clients.js'
import { coldPictures } from './scenarios/cold-pictures.js'
import { coldSlices } from './scenarios/cold-slices.js'
import { dicomFrames } from './scenarios/dicom-frames.js'
import { hotBatches } from './scenarios/hot-batches.js'
import { hotPictures } from './scenarios/hot-pictures.js'
import { hotSlices } from './scenarios/hot-slices.js'
import { ingestSpeed } from './scenarios/ingest-speed.js'
import { maskScore } from './scenarios/mask-score.js'
import { diskCache } from './scenarios/disk-cache.js'
import { memory } from './scenarios/memory.js'
import { planes } from './scenarios/planes.js'
import { remote } from './scenarios/remote.js'
import { replicas } from './scenarios/replicas.js'
import { studyList } from './scenarios/study-list.js'
import { training } from './scenarios/training.js'
import { wholeVolumes } from './scenarios/whole-volumes.js'

/** All that can be measured, in the order of a whole run: the one that makes fresh catalogs first. */
export const SCENARIOS: readonly Scenario[] = [
  ingestSpeed, hotSlices, coldSlices, coldClients, busy, diskCache, remote, replicas, wholeVolumes, studyList, catalog100k, memory,
  coldPictures, hotPictures, planes, dicomFrames, maskScore,
  training, hotBatches, batchStorm
]
