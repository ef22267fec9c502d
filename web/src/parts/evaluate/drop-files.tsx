import { useRef, useState } from 'preact/hooks'

/** A place to drop files or a folder, and a button that chooses files. */
export function DropFiles ({ onFiles }: { onFiles: (files: File[]) => void }) {
  const [isOver, setOver] = useState(false)
  const files = useRef<HTMLInputElement>(null)
  const take = (input: HTMLInputElement) => {
    onFiles([...input.files ?? []])
    // The same file, changed, may be chosen again.
    input.value = ''
  }
  const drop = async (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    // Entries are there only until the event is over.
    const entries = [...event.dataTransfer?.items ?? []].flatMap((item) => item.webkitGetAsEntry() ?? [])
    onFiles((await Promise.all(entries.map(filesOf))).flat())
  }
  return (
    <div class={`drop ${isOver ? 'over' : ''}`} onDragOver={(event) => { event.preventDefault(); setOver(true) }} onDragLeave={() => setOver(false)} onDrop={drop}>
      <p>Drop a CSV of grades, or two to compare them.</p>
      <p class='small muted'>CSV: <code>study</code>, <code>severity</code>, and if there are any <code>p0</code> to <code>p4</code>, <code>score</code>.</p>
      <div class='row'>
        <button type='button' onClick={() => files.current!.click()}>Choose files</button>
        <input ref={files} class='unseen' type='file' multiple accept='.csv' tabIndex={-1} aria-label='Files of predictions' onChange={(event) => take(event.currentTarget)} />
      </div>
    </div>
  )
}

/** The files below an entry, however deep. */
async function filesOf (entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))]
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: File[] = []
  for (;;) {
    // A folder is read a hundred entries at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return found
    found.push(...(await Promise.all(some.map(filesOf))).flat())
  }
}
