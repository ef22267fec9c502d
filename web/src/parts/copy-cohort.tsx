import { useState } from 'preact/hooks'
import { address, params, ROOT } from '../state/location.js'
import { filtersIn } from '../state/cohort.js'

/** The same cohort outside the browser: what to paste where. */
export function CopyCohort () {
  const [copied, setCopied] = useState('')
  const filters = { ...filtersIn(params.value), ...(params.value.has('sort') && { sort: params.value.get('sort')! }) }
  const from = (to: string, more: Record<string, string> = {}) => new URL(address(to, { ...filters, ...more }), ROOT).href
  const onlyFilters = filtersIn(params.value)
  const unsorted = (to: string, more: Record<string, string>) => new URL(address(to, { ...onlyFilters, ...more }), ROOT).href
  const { split, ...unsplit } = onlyFilters
  const splits = new URL(address('v1/splits', { ...Object.fromEntries(Object.entries(unsplit).filter(([name]) => !/^(seed|ratios|folds?)$/.test(name))), seed: params.value.get('seed') ?? '0' }), ROOT).href
  const forms = [
    ['curl', `curl -g '${from('v1/studies')}'`],
    ['Python', `import json\nfrom urllib.request import urlopen\n\nurl = '${from('v1/studies.ndjson')}'\nstudies = [json.loads(line) for line in urlopen(url)]`],
    ['CSV', from('v1/studies.csv')],
    ['Split', splits],
    ['Training stream', unsorted('v1/webdataset.tar', { arrays: 'image,mask', missingMask: 'zeros', size: '256x256', window: 'lung', shuffle: '0' })]
  ] as const
  const copy = async (name: string, text: string) => {
    await navigator.clipboard.writeText(text)
    setCopied(name)
  }
  return (
    <details class='copy'>
      <summary class='button'>Use this cohort</summary>
      <div class='sheet copies'>
        <p class='small muted'>The same studies in the same order, outside the browser. Where keys are configured, add <code>-H 'X-API-Key: …'</code>.</p>
        {forms.map(([name, text]) => (
          <div key={name}>
            <div class='spread'><h3>{name}</h3><button onClick={async () => await copy(name, text)}>{copied === name ? 'Copied' : 'Copy'}</button></div>
            <pre tabIndex={0} aria-label={name}>{text}</pre>
          </div>
        ))}
        <p class='unseen' role='status'>{copied !== '' && `${copied} copied`}</p>
      </div>
    </details>
  )
}
