// Reads a DAWproject with the package's own classes and writes what they understood: node reread.cjs IN OUT.
// The classes drop what they do not know and fail on what they cannot read.
const fs = require("fs")
const { DawProject, Points } = require("dawproject-typescript")

// What controllers a lane of points moves is read, but only a parameter is written again.
const written = Points.prototype.toXmlObject
Points.prototype.toXmlObject = function () {
  const made = written.call(this)
  if (!this.target.parameter) Object.assign(made.Points, this.target.toXmlObject())
  return made
}

async function main(source, target) {
  const data = fs.readFileSync(source)
  const [project, about] = [await DawProject.loadProject(data), await DawProject.loadMetadata(data)]
  fs.writeFileSync(target, await DawProject.save(project, about, {}))
}

main(process.argv[2], process.argv[3])
