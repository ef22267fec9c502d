// `node --import ./scripts/typescript.mjs file.ts` runs TypeScript through tsx, in the threads it starts as well:
// on Node 20 `--import tsx` alone leaves worker threads without it.
import { register } from 'tsx/esm/api'

register()
