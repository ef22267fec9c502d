import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import writeXlsxFile from 'write-excel-file/node'
import { DatasetError } from '../../src/errors.js'
import { readCsvTable, readXlsxTable } from '../../src/datasets/registry/registry-table.js'
import { sheetOf, zip } from './workbooks.js'

const HEADER = 'study_id,category,study_file,mask_file'
const ROW = { row: 2, study_id: '255', category: 'CT-1', study_file: '/a.nii', mask_file: '/m.nii' }

function readCsv (text: string | Buffer) {
  return readCsvTable(Buffer.from(text as string), 'dataset_registry.csv')
}

function isRefusal (detail: RegExp) {
  return (error: Error) => {
    assert.ok(error instanceof DatasetError, String(error))
    assert.match(error.message, /^dataset_registry\.(csv|xlsx) [^\n]+$/)
    assert.match(error.message, detail)
    return true
  }
}

describe('a registry in csv', () => {
  const row = '255,CT-1,/a.nii,/m.nii'
  const forms: Array<[what: string, bytes: string | Buffer]> = [
    ['plain', `${HEADER}\n${row}\n`],
    ['without a last line end', `${HEADER}\n${row}`],
    ['with a byte order mark and CRLF, as published', `\uFEFF${HEADER}\r\n${row}\r\n`],
    ['with line ends of two kinds', `${HEADER}\r\n${row}\n`],
    ['with the line ends of old Macs', `${HEADER}\r${row}\r`],
    ['with semicolons, as Excel writes it in most of Europe', `${HEADER}\n${row}\n`.replaceAll(',', ';')],
    ['with tabs', `${HEADER}\n${row}\n`.replaceAll(',', '\t')],
    ['with every cell in quotes', `${HEADER}\n${row}\n`.replace(/[^,\n]+/g, '"$&"')],
    ['in UTF-16, little-endian', Buffer.from(`\uFEFF${HEADER}\r\n${row}\r\n`, 'utf16le')],
    ['in UTF-16, big-endian', Buffer.from(`\uFEFF${HEADER}\r\n${row}\r\n`, 'utf16le').swap16()],
    ['with its columns in another order, among others', 'age,mask_file,study_file,sex,category,study_id\n44,/m.nii,/a.nii,F,CT-1,255\n'],
    ['with titles as people write them', ` Study ID ,CATEGORY,study-file,"Mask File"\n${row}\n`],
    ['with more cells than titles', `${HEADER}\n${row},,,\n`],
    ['with bars', `${HEADER}\n${row}\n`.replaceAll(',', '|')]
  ]
  for (const [what, bytes] of forms) {
    it(`is read ${what}`, () => assert.deepEqual(readCsv(bytes), [ROW]))
  }

  const belowALine: Array<[what: string, text: string]> = [
    ['that names its separator, as Excel wants it', `sep=;\r\n${HEADER}\r\n${row}\r\n`.replaceAll(',', ';')],
    ['that names a comma', `sep=,\n${HEADER}\n${row}\n`],
    ['that names its separator, in quotes', `"sep=;"\r\n${HEADER}\r\n${row}\r\n`.replaceAll(',', ';')],
    ['that names its separator, after a byte order mark', `\uFEFFsep=\t\n${HEADER}\n${row}\n`.replaceAll(',', '\t')],
    ['of a comment, which has commas where the table has semicolons', `# exported, by hand, on 2020-05-01\n${`${HEADER}\n${row}\n`.replaceAll(',', ';')}`],
    ['that is its title', `MosMedData COVID19_1110,,,\n${HEADER}\n${row}\n`]
  ]
  for (const [what, text] of belowALine) {
    it(`is read below a line ${what}, which counts as a row`, () => assert.deepEqual(readCsv(text), [{ ...ROW, row: 3 }]))
  }

  it('says which row comes closest to a header, and what that one lacks', () => {
    assert.throws(() => readCsv('Our scans,,\n,,\nstudy_id,category,file\n1,CT-0,a.nii\n'), isRefusal(
      /^dataset_registry\.csv has no column study_file, mask_file in row 3, which has study_id, category; it needs study_id, category, study_file, mask_file$/))
  })

  it('counts blank lines in its row numbers, and leaves them out', () => {
    const text = `\n${HEADER}\n\n1,CT-0,a.nii,\n,,,\n  \n\n2,CT-0,b.nii,`
    assert.deepEqual(readCsv(text).map(({ row, study_id: id }) => [row, id]), [[4, '1'], [8, '2']])
  })

  it('counts a cell of several lines as one row, as a spreadsheet does', () => {
    assert.deepEqual(readCsv(`note,${HEADER}\n"two\nlines",1,CT-0,a.nii,\nnone,2,CT-0,b.nii,`).map(({ row }) => row), [2, 3])
  })

  it('reads short rows and stray quotes, which concern no other row', () => {
    assert.deepEqual(readCsv(`${HEADER}\n1\n2,CT-0,5" scan.nii,\n255,CT-1,/a.nii,/m.nii`), [
      { row: 2, study_id: '1', category: '', study_file: '', mask_file: '' },
      { row: 3, study_id: '2', category: 'CT-0', study_file: '5" scan.nii', mask_file: '' },
      { ...ROW, row: 4 }
    ])
  })

  it('marks bytes that are not UTF-8, in their cell only', () => {
    const latin1 = Buffer.from(`note,${HEADER}\ncaf\u00E9,255,CT-1,/a.nii,/m.nii\n,1,CT-1,\u00E9.nii,`, 'latin1')
    assert.deepEqual(readCsv(latin1), [ROW, { row: 3, study_id: '1', category: 'CT-1', study_file: '\uFFFD.nii', mask_file: '' }])
  })

  const refused: Array<[what: string, bytes: string | Buffer, detail: RegExp]> = [
    ['is empty', '', /has no column study_id/],
    ['is blank', '\n \n', /has no column study_id/],
    ['has no header', '255,CT-1,/a.nii,/m.nii', /has no column study_id/],
    ['lacks a column', 'study_id,category,study_file\n1,CT-0,a.nii', /has no column mask_file/],
    ['has a column twice', `${HEADER},category\n1,CT-0,a.nii,,CT-4`, /has two columns category/],
    ['is UTF-16 without a mark', Buffer.from(HEADER, 'utf16le'), /has no column/],
    ['is a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), /has no column/],
    ['opens a quote and never closes it', `${HEADER}\n1,"CT-0,a.nii,\n2,CT-0,b.nii,\n`, /cannot be read: Quote Not Closed/],
    ['has more rows than are read', `${HEADER}\n${'1,CT-0,a,\n'.repeat(1_000_001)}`, /has more than 1000000 rows/]
  ]
  for (const [what, bytes, detail] of refused) {
    it(`is refused if it ${what}`, () => assert.throws(() => readCsv(bytes), isRefusal(detail)))
  }
})

describe('a registry in xlsx', () => {
  const titles = HEADER.split(',').map((value) => ({ value }))

  function workbook (rows: unknown[][]): Promise<Buffer> {
    return writeXlsxFile(rows as never).toBuffer()
  }
  function readXlsx (bytes: Buffer) {
    return readXlsxTable(bytes, 'dataset_registry.xlsx')
  }

  it('is read, with numbers as numbers or as text', async () => {
    const bytes = await workbook([titles, [255, 'CT-1', '/a.nii', '/m.nii'], ['0256', 'CT-2', '/b.nii', null]])
    assert.deepEqual(await readXlsx(bytes), [ROW, { row: 3, study_id: '0256', category: 'CT-2', study_file: '/b.nii', mask_file: '' }])
  })

  it('counts blank rows in its row numbers, and leaves them out', async () => {
    const bytes = await workbook([[], titles, [], [1, 'CT-0', 'a.nii', null], [null, ' '], [2, 'CT-0', 'b.nii', null]])
    assert.deepEqual((await readXlsx(bytes)).map(({ row, study_id: id }) => [row, id]), [[4, '1'], [6, '2']])
  })

  it('may have its columns in another order, among dates, truths and others', async () => {
    const bytes = await workbook([
      ['Mask File', 'taken', 'Study File', 'Category', 'done', 'Study ID'],
      ['/m.nii', { value: new Date('2020-04-28'), format: 'dd.mm.yyyy' }, '/a.nii', 'CT-1', true, 255]
    ])
    assert.deepEqual(await readXlsx(bytes), [ROW])
  })

  it('is read from another sheet, or below a title, wherever its columns are', async () => {
    const rows = [titles, [255, 'CT-1', '/a.nii', '/m.nii']]
    const second = await writeXlsxFile([
      { data: [['This document was exported from Numbers.'], ['Sheet', 'Table']] as never, sheet: 'Export Summary' },
      { data: rows as never, sheet: 'dataset_registry' }
    ]).toBuffer()
    assert.deepEqual(await readXlsx(second), [ROW])
    assert.deepEqual(await readXlsx(await workbook([['MosMedData COVID19_1110'], [], ...rows])), [{ ...ROW, row: 4 }])
  })

  it('names the sheet, the row and what was looked for when it is not there', async () => {
    const book = await writeXlsxFile([{ data: [['notes']] as never, sheet: 'Лист1' }, { data: [['x'], ['Study ID', 'Category']] as never, sheet: 'scans' }]).toBuffer()
    await assert.rejects(readXlsx(book), isRefusal(
      /^dataset_registry\.xlsx has no column study_file, mask_file in row 2 of the sheet "scans", which has study_id, category; it needs study_id, category, study_file, mask_file$/))
    const none = await writeXlsxFile([{ data: [['notes']] as never, sheet: 'Лист1' }]).toBuffer()
    await assert.rejects(readXlsx(none), isRefusal(/has no column study_id in the first 100 rows of the sheet "\\u041b\\u0438\\u0441\\u04421"; it needs/))
  })

  it('is read where rows and cells have no addresses, as the format allows', async () => {
    const line = (cells: string[]) => `<row>${cells.map((text) => `<c t="inlineStr"><is><t>${text}</t></is></c>`).join('')}</row>`
    const bytes = sheetOf(line(HEADER.split(',')) + line(['255', 'CT-1', '/a.nii', '/m.nii']) + '<row r="5"><c r="A5" t="inlineStr"><is><t>7</t></is></c><c t="inlineStr"><is><t>CT-0</t></is></c></row>')
    assert.deepEqual(await readXlsx(bytes), [ROW, { row: 5, study_id: '7', category: 'CT-0', study_file: '', mask_file: '' }])
  })

  it('is read where its parts are named with backslashes, as some programs of Windows zip them', async () => {
    const bytes = sheetOf(`<row r="1">${HEADER.split(',').map((title, n) => `<c r="${'ABCD'[n]}1" t="inlineStr"><is><t>${title}</t></is></c>`).join('')}</row>`)
    const backslashed = Buffer.from(bytes.toString('latin1').replace(/xl\/(?:_rels\/|worksheets\/)?(?=[a-z0-9.]+(?:xml|rels))/g, (path) => path.replaceAll('/', '\\')), 'latin1')
    assert.deepEqual(await readXlsx(backslashed), [])
  })

  it('is refused if it lacks a column', async () => {
    await assert.rejects(readXlsx(await workbook([['study_id', 'category'], [1, 'CT-0']])), isRefusal(/has no column study_file/))
  })

  it('is refused if it is no workbook', async () => {
    const csv = Buffer.from(`${HEADER}\n1,CT-0,a.nii,\n`)
    const oldExcel = Buffer.from('d0cf11e0a1b11ae1'.padEnd(4096, '0'), 'hex')
    const emptyZip = Buffer.from('504b0506'.padEnd(44, '0'), 'hex')
    for (const bytes of [Buffer.alloc(0), csv, oldExcel, emptyZip, zip({ 'readme.txt': 'hello' }), zip({ 'xl/workbook.xml': '<workbook/>' })]) {
      await assert.rejects(readXlsx(bytes), isRefusal(/^dataset_registry\.xlsx cannot be read: ./))
    }
  })

  it('is refused, and never waited for, wherever it is cut short', async () => {
    const bytes = await workbook([titles, [255, 'CT-1', '/a.nii', '/m.nii']])
    for (let length = 0; length < bytes.length; length += 97) {
      await assert.rejects(readXlsx(bytes.subarray(0, length)), isRefusal(/./), `${length} bytes`)
    }
  })

  it('is refused if a part of it is not what its checksum says', async () => {
    const bytes = zip({ 'xl/workbook.xml': '<workbook/>' })
    bytes.writeUInt32LE(0, bytes.lastIndexOf('PK\x01\x02') + 16)
    await assert.rejects(readXlsx(bytes), isRefusal(/a part of it is damaged/))
  })

  it('is refused if it unpacks to more than it may, whatever it says of its size', async () => {
    const xml = `<workbook>${' '.repeat(64 << 20)}</workbook>`
    const bytes = zip({ 'xl/workbook.xml': xml }, 100)
    assert.ok(bytes.length < 100_000)
    const before = process.memoryUsage().rss
    await assert.rejects(readXlsx(bytes), isRefusal(/unpacks to more than/))
    assert.ok(process.memoryUsage().rss - before < 128 << 20)
  })

  it('is refused if one far cell makes it span billions', async () => {
    for (const cell of ['XFD1048576', 'A99999999999', 'ZZZZZZ1', 'A1" r="XFD1048576', '&#88;FD1048576']) {
      const started = performance.now()
      await assert.rejects(readXlsx(sheetOf(`<row r="1"><c r="${cell}" t="inlineStr"><is><t>x</t></is></c></row>`)), isRefusal(/./), cell)
      assert.ok(performance.now() - started < 2000, cell)
    }
    const farRow = '<row r="1048576"><c r="XFD1" t="inlineStr"><is><t>x</t></is></c></row>'
    await assert.rejects(readXlsx(sheetOf(farRow)), isRefusal(/spans 1048576 rows and 16384 columns/))
  })

  it('may be formatted as far as a sheet goes, if nothing stands there', async () => {
    const text = (at: string, value: string) => `<c r="${at}" t="inlineStr"><is><t>${value}</t></is></c>`
    const header = HEADER.split(',').map((title, index) => text(`${'ABCD'[index]}1`, title)).join('')
    const row = text('A2', '255') + text('B2', 'CT-1') + text('C2', '/a.nii') + text('D2', '/m.nii')
    const bytes = sheetOf(`<row r="1">${header}</row><row r="2">${row}<c r="XFD2"/></row><row r="1048576"></row>`)
    assert.deepEqual(await readXlsx(bytes), [ROW])
  })
})
