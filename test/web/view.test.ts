import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { changed } from '../../web/src/state/search.js'
import { DEFAULT_HABITS, parseView, viewChanges } from '../../web/src/state/view.js'
import type { View } from '../../web/src/state/view.js'

const parsed = (query: string) => parseView(new URLSearchParams(query), DEFAULT_HABITS)
const written = (view: View, query = '') => decodeURIComponent(changed(new URLSearchParams(query), viewChanges(view, undefined)).toString())

const FULL = 'layout=three&plane=coronal&lead=1&slice=17&at=255,300,17&window=-500,1200&invert=1&mask=fill&opacity=0.25&orientation=native&flip=hv' +
  '&frame=axial~1.5~0.1~-0.05,coronal~2~0~0&with=study_0002,study_0003&link=off&own=3,,5&tool=ruler&measure=ruler~0~axial~1.5_2_17~100_200.25_17,roi~1~coronal~1_2_3~4_2_6&cine=1'

describe('the address of a view', () => {
  it('restores everything it was written from', () => {
    assert.equal(written(parsed(FULL)).replace('&at=255,300,17', ''), FULL.replace('&at=255,300,17', ''))
    assert.deepEqual(parsed(written(parsed(FULL))), parsed(FULL))
    assert.deepEqual(parsed(FULL).measurements[0], { kind: 'ruler', study: 0, plane: 'axial', a: [1.5, 2, 17], b: [100, 200.25, 17] })
    assert.deepEqual(parsed(FULL).own, [3, undefined, 5])
  })

  it('says the window and the mask always, since other people have other habits', () => {
    assert.equal(written(parsed('')), 'window=lung&mask=outline')
    assert.equal(written(parseView(new URLSearchParams(''), { window: { center: 1, width: 2 }, mask: 'off', opacity: 0.3 })), 'window=1,2&mask=off&opacity=0.3')
    assert.deepEqual(parseView(new URLSearchParams('window=bone'), { window: { center: 1, width: 2 }, mask: 'off', opacity: undefined }).window, { center: 400, width: 1800 })
  })

  it('keeps what it does not know', () => {
    assert.equal(written(parsed('slice=3'), 'worklist=ct3&slice=1&x=y'), 'worklist=ct3&slice=3&x=y&window=lung&mask=outline')
  })

  it('reads its slice from the crosshair once the study is known', () => {
    assert.equal(viewChanges({ ...parsed('slice=3'), at: [1, 2, 9] }, 2)['slice'], 9)
  })

  it('takes what makes no sense as if it were not there', () => {
    const view = parsed('layout=five&plane=oblique&slice=-1&at=1,2&window=a&mask=red&opacity=x&frame=axial~0~0~0,axial~1&measure=ruler~axial,roi~0~axial~1_2~3&lead=7&link=hope&tool=axe')
    assert.deepEqual(view, parsed(''))
  })

  it('compares four studies at most', () => {
    assert.deepEqual(parsed('with=a,b,c,d').others, ['a', 'b', 'c'])
    assert.equal(parsed('with=a').layout, 'compare')
  })
})
