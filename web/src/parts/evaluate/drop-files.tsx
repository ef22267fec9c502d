import { useRef, useState } from 'preact/hooks'

/** A file, and the folder that it was dropped or chosen with; '' for a file by itself. */
export interface Dropped { file: File, folder: string }

/** A place to drop files or folders, and buttons that choose them. */
export function DropFiles ({ onFiles }: { onFiles: (files: Dropped[]) => void }) {
  const [isOver, setOver] = useState(false)
  const [files, folder] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)]
  const take = (input: HTMLInputElement) => {
    onFiles([...input.files ?? []].map((file) => ({ file, folder: file.webkitRelativePath.split('/').slice(0, -1)[0] ?? '' })))
    // The same file, changed, may be chosen again.
    input.value = ''
  }
  const drop = async (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    // Entries are there only until the event is over.
    const entries = [...event.dataTransfer?.items ?? []].flatMap((item) => item.webkitGetAsEntry() ?? [])
    const dropped = await Promise.all(entries.map(async (entry) => (await filesOf(entry)).map((file) => ({ file, folder: entry.isDirectory ? entry.name : '' }))))
    onFiles(dropped.flat())
  }
  return (
    <div class={`drop ${isOver ? 'over' : ''}`} onDragOver={(event) => { event.preventDefault(); setOver(true) }} onDragLeave={() => setOver(false)} onDrop={drop}>
      <p>Drop a CSV of grades or a folder of masks; two of a kind to compare them.</p>
      <p class='small muted'>CSV: <code>study</code>, <code>severity</code>, and if there are any <code>p0</code> to <code>p4</code>, <code>score</code>. Masks: <code>.nii.gz</code>, <code>.nii</code> or <code>.npy</code>, each named by its study.</p>
      <div class='row'>
        <button type='button' onClick={() => files.current!.click()}>Choose files</button>
        <button type='button' onClick={() => folder.current!.click()}>Choose a folder</button>
        <input ref={files} class='unseen' type='file' multiple accept='.csv,.nii,.gz,.npy' tabIndex={-1} aria-label='Files of predictions' onChange={(event) => take(event.currentTarget)} />
        <input ref={folder} class='unseen' type='file' multiple {...{ webkitdirectory: true }} tabIndex={-1} aria-label='A folder of masks' onChange={(event) => take(event.currentTarget)} />
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
