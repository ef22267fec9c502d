import { useEffect, useRef, useState } from 'preact/hooks'
import type { SliceRow } from '../api/answers.js'
import { fetchAnswer } from '../api/client.js'
import { studyAddress } from '../state/cohort.js'
import { asGrey, meanOf, valuesOf } from './array-values.js'

interface Look { window: string, size: string, dtype: string }

/** One slice of a batch: the array that a network would get, drawn value by value, and what lies in it. */
export function ArrayTile ({ slice: { study, index, category }, look }: { slice: SliceRow, look: Look }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [words, setWords] = useState('')
  const { window, size, dtype } = look
  const label = `${study}, slice ${index}`
  useEffect(() => {
    const controller = new AbortController()
    draw(controller.signal).catch((error: Error) => { if (!controller.signal.aborted) setWords(error.message) })
    return () => controller.abort()

    async function draw (signal: AbortSignal) {
      const response = await fetchAnswer(`v1/studies/${encodeURIComponent(study)}/image/slices/${index}.raw`, { window, size, dtype, orientation: 'radiological' }, { signal })
      const [rows, columns] = response.headers.get('array-shape')!.split(',').map(Number) as [number, number]
      const values = valuesOf(response.headers.get('array-dtype')!, await response.arrayBuffer())
      const { current } = canvas
      if (current === null || signal.aborted) return
      Object.assign(current, { width: columns, height: rows })
      current.getContext('2d')!.putImageData(new ImageData(asGrey(values, dtype === 'uint8' ? 255 : 1), columns, rows), 0, 0)
      setWords(`mean ${meanOf(values).toFixed(dtype === 'uint8' ? 0 : 2)}`)
    }
  }, [study, index, window, size, dtype])
  return (
    <li>
      <a href={studyAddress(study, '', { slice: index, window })}>
        <canvas ref={canvas} role='img' aria-label={label} />
        <span class='small'>{study.replace('study_', '')} · {index}</span>
        <span class='small muted'>{category} · {words}</span>
      </a>
    </li>
  )
}
