#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { readConfig, SETTINGS } from './config.js'
import { ConfigError, DatasetError, InvalidCatalog } from './errors.js'
import { VERSION } from './version.js'

// Each command loads only what it needs: help and ingest do not load the web server.
const program = new Command('niiserve')
  .description('Serves a NIfTI dataset over HTTP: studies, slices and masks, decoded on demand.')
  .addHelpText('after', `\nSettings are environment variables (or a .env file in the working folder); the README lists their values and defaults:\n${Object.keys(SETTINGS.properties).join(', ')}`)
  .version(VERSION, '-V, --version', 'print the version')
  .showHelpAfterError()

program.command('serve', { isDefault: true })
  .description('serve the dataset of DATA_ROOT, or a synthetic demo, while new and changed files are read into the catalog')
  .option('--catalog <folder>', 'serve the newest catalog published in this folder, without reading files into it. Default: CATALOG_URL')
  .action(async ({ catalog }: { catalog?: string }) => {
    const config = configuration()
    const catalogUrl = catalog ?? config.catalogUrl
    if (catalogUrl === undefined) {
      const { serve } = await import('./commands/serve.js')
      return await serve(config)
    }
    const { serveReplica } = await import('./commands/serve-replica.js')
    await serveReplica(config, catalogUrl)
  })

program.command('ingest')
  .description('bring the catalog up to date with DATA_ROOT and exit; or read one share of it, for `merge`')
  .option('--share <i/n>', 'read only the i-th of n shares of the studies, i from 0; needs --out')
  .option('--out <folder>', 'folder to write the share to: a path, file:// or s3://')
  .action(async ({ share, out }: { share?: string, out?: string }) => {
    if ((share === undefined) !== (out === undefined)) throw new ConfigError('ingest', '--share and --out belong together')
    if (share === undefined || out === undefined) {
      const { ingest } = await import('./commands/ingest.js')
      return await ingest(configuration())
    }
    const { ingestShare } = await import('./commands/ingest-share.js')
    if (!await ingestShare(configuration(), share, out)) process.exitCode = 1
  })

program.command('merge')
  .description('make one catalog of the shares that `ingest --share` wrote')
  .argument('<folder>', 'the --out folder of those tasks')
  .option('--catalog-file <file>', 'file to write the catalog to; an existing file is replaced. Default: CATALOG_FILE')
  .option('--partial', 'merge even if shares are missing')
  .option('--publish <folder>', 'folder to publish the merged catalog to; a file is then written only with --catalog-file')
  .action(async (folder: string, options) => {
    const { merge } = await import('./commands/merge.js')
    await merge(configuration(), folder, options)
  })

program.command('publish')
  .description('write the catalog to a folder, for replicas (`serve --catalog`); run `ingest` first')
  .requiredOption('--to <folder>', 'a path, file:// or s3://')
  .action(async ({ to }: { to: string }) => {
    const { publishCatalog } = await import('./commands/publish.js')
    await publishCatalog(configuration(), to)
  })

program.command('verify')
  .description('read every file of DATA_ROOT in full and report what is wrong; exits with 1 if anything is')
  .action(async () => {
    const { verify } = await import('./commands/verify.js')
    process.exitCode = await verify(configuration()) > 0 ? 1 : 0
  })

const score = program.command('score').description('score predictions against DATA_ROOT; exits with 1 if any was refused')

scoreCommand('severity', 'severities in a CSV with the columns study and severity, and optionally p0 to p4 and score', '<file>')
  .addOption(new Option('--missing <rule>', 'target study without a prediction: error refuses the file, exclude leaves the study out').choices(['error', 'exclude']).default('error'))
  .action(async (file: string, options) => {
    const { scoreSeverityFile } = await import('./commands/score.js')
    if (!await scoreSeverityFile(configuration(), file, options)) process.exitCode = 1
  })

scoreCommand('masks', 'a folder of masks named after their studies: .nii.gz, .nii or .npy', '<dir>')
  .option('--tolerance <mm>', 'tolerance of the surface Dice in mm', positive, 3)
  .option('--min-lesion-ml <ml>', 'least lesion volume in mL: smaller lesions are ignored in the reference and in the prediction', positive, 0)
  .action(async (folder: string, options) => {
    const { scoreMaskFolder } = await import('./commands/score.js')
    if (!await scoreMaskFolder(configuration(), folder, options)) process.exitCode = 1
  })

program.command('demo')
  .description('make the synthetic demo dataset in a folder')
  .argument('<dir>', 'folder to make it in')
  .option('-l, --layout <layout>', 'layout of the dataset: mosmed, nnunet, msd, covid19-ct-seg, totalsegmentator, kits or plain', 'mosmed')
  .action(async (dir: string, { layout }: { layout: string }) => {
    const { makeDemo } = await import('./commands/data-root.js')
    await makeDemo(dir, layout)
  })

program.command('openapi')
  .description('print the contract, OpenAPI 3.1 in YAML')
  .option('-o, --output <file>', 'write it to a file')
  .option('-c, --check <file>', 'only check that the file holds the current contract; exits with 1 if not')
  .action(async ({ output, check }: { output?: string, check?: string }) => {
    const { checkOpenapi, writeOpenapi } = await import('./commands/openapi.js')
    if (check === undefined) return await writeOpenapi(output)
    if (await checkOpenapi(check)) return
    console.error(`${check} does not match the routes: run \`npm run openapi\` and commit it`)
    process.exitCode = 1
  })

function scoreCommand (name: string, what: string, argument: string): Command {
  return score.command(name)
    .description(`score ${what}`)
    .argument(argument)
    .addOption(new Option('--split <part>', 'only the studies of this part of a split').choices(['train', 'val', 'test']))
    .option('--seed <n>', 'seed of the split', positive)
    .option('--ratios <text>', 'ratios of the split: train,val,test')
    .addOption(new Option('--json', 'print everything as JSON').conflicts('csv'))
    .option('--csv', 'print the table as CSV')
}

function positive (text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('It must be a number, 0 or more.')
  return value
}

function configuration () {
  if (existsSync('.env')) process.loadEnvFile('.env')
  return readConfig(process.env)
}

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof DatasetError || error instanceof InvalidCatalog) && (error as NodeJS.ErrnoException).syscall === undefined) throw error
  console.error(`niiserve: ${(error as Error).message}`)
  process.exitCode = 1
}
