import { dataset } from '../state/dataset.js'

/** On every page: whose data it is, under which licence, and what it is not for. */
export function Footer () {
  const of = dataset.value
  return (
    <footer class='bottom'>
      <p><strong>Not for diagnosis.</strong> For research and teaching only.</p>
      {of !== undefined && (
        <p>
          {of.url === null ? of.title : <a href={of.url}>{of.title}</a>}{of.version !== null && ` ${of.version}`}
          {of.license !== null && <> · licence <a href={of.license.url}>{of.license.name}</a></>}
          {of.citation !== null && <> · cite as: {of.citation}</>}
          <> · revision <code>{of.revision}</code></>
        </p>
      )}
    </footer>
  )
}
