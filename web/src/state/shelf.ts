import { fetchAnswer } from '../api/client.js'
import { Shelf } from '../volume/shelf.js'

/** Studies stay in memory from page to page, as far as there is room: a worklist loads its next one ahead here. */
export const shelf = new Shelf(async (to, query, init) => await fetchAnswer(to, query, init))
