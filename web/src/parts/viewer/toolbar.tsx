import type { ComponentChildren } from 'preact'
import { LINKS, type Link } from '../../image/alignment.js'
import { OVERLAY_STYLES, type OverlayStyle } from '../../image/overlay.js'
import { PLANES } from '../../image/planes.js'
import { PRESETS } from '../../image/window.js'
import { BINDINGS, keyName, TOOLS, type Command, type Tool } from '../../input/keys.js'
import { MOUSE_PROFILES } from '../../input/pointers.js'
import { LAYOUTS, MOST_STUDIES, type Layout } from '../../state/view.js'
import type { Viewer } from '../../state/viewer.js'
import { runCommand, type PaneCommand } from '../../state/viewer-commands.js'
import { AddStudy } from './add-study.js'
import { Labels } from './labels.js'
import { Icon, type IconName } from './icon.js'
import { WindowFields } from './window-fields.js'

const LAYOUT_NAMES: Record<Layout, string> = { one: 'One plane', three: 'Three planes', compare: 'Studies side by side' }
const LINK_NAMES: Record<Link, string> = { index: 'Index', mm: 'Millimetres', lungs: 'Lung extent', off: 'Not linked' }
const MASK_NAMES: Record<OverlayStyle, string> = { off: 'Off', outline: 'Outline', fill: 'Fill' }
const TOOL_NAMES: Record<Exclude<Tool, 'profile'>, string> = { window: 'Window', scroll: 'Scroll', zoom: 'Zoom', pan: 'Pan', cross: 'Crosshair', ruler: 'Ruler', roi: 'Ellipse: mean ± sd' }

/** Everything the viewer can do, as buttons and fields; each says its key. */
export function Toolbar ({ viewer }: { viewer: Viewer }) {
  const { layout, plane, mask, window, tool, link, others, cine, inverted } = viewer.view.value
  const hasMask = viewer.studies.value.some(({ hasAnnotation }) => hasAnnotation)
  const run = (command: PaneCommand) => () => runCommand(viewer, command)
  return (
    <div class='v-tools' role='group' aria-label='Viewer controls'>
      <Group label='Layout'>
        {LAYOUTS.map((one) => <Choice key={one} icon={one} label={LAYOUT_NAMES[one]} isOn={layout === one} act={() => viewer.setLayout(one)} />)}
      </Group>
      <Group label='Plane'>
        {PLANES.map((one) => <Choice key={one} text={one[0]!.toUpperCase() + one.slice(1)} label={titled(one, { name: 'plane', plane: one })} isOn={plane === one} act={run({ name: 'plane', plane: one })} />)}
      </Group>
      <Group label='Window'>
        {PRESETS.map(({ name, title, window: preset }, n) => (
          <Choice key={name} text={title} label={titled(`${title} window`, { name: 'preset', number: n + 1 as 1 | 2 | 3 })} isOn={window.center === preset.center && window.width === preset.width} act={() => viewer.setWindow(preset)} />
        ))}
      </Group>
      <WindowFields window={window} change={(next) => viewer.setWindow(next)} />
      {hasMask && (
        <>
          <Group label='Mask'>
            {OVERLAY_STYLES.map((one) => <Choice key={one} text={MASK_NAMES[one]} label={`Mask: ${MASK_NAMES[one].toLowerCase()} (M)`} isOn={mask === one} act={() => viewer.setMask({ mask: one })} />)}
          </Group>
          <label class='v-opacity'>
            <span class='unseen'>Opacity of the mask</span>
            <input
              type='range' min='0' max='100' step='5' value={Math.round(viewer.opacity * 100)} disabled={mask === 'off'} title='Opacity of the mask (Shift M, Shift N)'
              onInput={(event) => viewer.setMask({ opacity: Number(event.currentTarget.value) / 100 })}
            />
          </label>
          <Labels viewer={viewer} />
        </>
      )}
      <Group label='Tool of the left button'>
        {TOOLS.filter((one) => one !== 'profile').map((one) => (
          <Choice key={one} icon={one as IconName} label={titled(TOOL_NAMES[one as keyof typeof TOOL_NAMES], { name: 'tool', tool: one })} isOn={tool === one} act={run({ name: 'tool', tool: one })} />
        ))}
      </Group>
      <Group label='Picture'>
        <Choice icon={cine ? 'stop' : 'play'} label={titled(cine ? 'Stop' : 'Play', { name: 'cine' })} isOn={cine} act={run({ name: 'cine' })} />
        <Choice icon='invert' label={titled('Invert', { name: 'invert' })} isOn={inverted} act={run({ name: 'invert' })} />
        <Choice icon='fit' label={titled('Fit', { name: 'fit' })} act={run({ name: 'fit' })} />
        <Choice icon='mouse' label={`${MOUSE_PROFILES[viewer.mouse.value].title}; change the mouse (U)`} isOn={viewer.mouse.value === 'scroll'} act={run({ name: 'mouse' })} />
      </Group>
      {layout === 'compare' && (
        <>
          {others.length < MOST_STUDIES - 1 && <AddStudy add={(id) => viewer.addStudy(id)} shown={[viewer.studyId, ...others]} />}
          {others.length > 0 && (
            <label class='v-select'>
              <span>Link by</span>
              <select value={link} onChange={(event) => viewer.setLink(event.currentTarget.value as Link)}>
                {LINKS.map((one) => <option key={one} value={one}>{LINK_NAMES[one]}</option>)}
              </select>
            </label>
          )}
        </>
      )}
    </div>
  )
}

function Group ({ label, children }: { label: string, children: ComponentChildren }) {
  return <div class='v-group' role='group' aria-label={label}>{children}</div>
}

export function Choice ({ icon, text, label, isOn, act }: { icon?: IconName, text?: string, label: string, isOn?: boolean, act: () => void }) {
  return (
    <button type='button' class={icon === undefined ? 'v-choice' : 'v-choice v-square'} title={label} aria-label={text === undefined ? label : undefined} aria-pressed={isOn} onClick={act}>
      {icon === undefined ? text : <Icon name={icon} />}
    </button>
  )
}

/** A label with the key that does the same. */
function titled (label: string, command: Command): string {
  const binding = BINDINGS.find((one) => JSON.stringify(one.command) === JSON.stringify(command))
  return binding === undefined ? label : `${label} (${keyName(binding.keys[0]!)})`
}
