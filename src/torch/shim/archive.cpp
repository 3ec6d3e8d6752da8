#include "archive.h"

#include "mapping.h"

#include <caffe2/serialize/inline_container.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/csrc/jit/serialization/import_read.h>
#include <torch/csrc/jit/serialization/import_source.h>
#include <torch/csrc/jit/serialization/storage_context.h>

#include <algorithm>

using caffe2::serialize::PyTorchStreamReader;
using torch::jit::DeserializationStorageContext;
using torch::jit::IValue;
using torch::jit::Module;
using torch::jit::Source;

namespace gx {

namespace {

class Reader : public caffe2::serialize::ReadAdapterInterface {
 public:
  Reader(gx_read read, void *context, uint64_t size) : read_(read), context_(context), size_(size) {}
  size_t size() const override { return size_; }
  size_t read(uint64_t offset, void *buffer, size_t n, const char *) const override {
    return read_(context_, offset, buffer, n);
  }

 private:
  gx_read read_;
  void *context_;
  uint64_t size_;
};

// The code of one file of the archive; none if there is no such file. What of Python it was made from is left out.
std::shared_ptr<Source> source(PyTorchStreamReader &archive, const std::string &qualifier) {
  std::string path = "code/" + qualifier + ".py";
  std::replace(path.begin() + 5, path.end() - 3, '.', '/');
  if (!archive.hasRecord(path)) return nullptr;
  const auto [bytes, size] = archive.getRecord(path);
  return std::make_shared<Source>(std::string(static_cast<const char *>(bytes.get()), size), path, 1);
}

// libtorch's kernels want no more, and it writes its archives so.
constexpr size_t alignment = 64;

// The weights where they lie in the file, under the names that the archive gives them.
std::shared_ptr<DeserializationStorageContext> mapped(PyTorchStreamReader &archive, int file, uint64_t size) {
  const auto mapping = Mapping::of(file, size);
  if (!mapping) return nullptr;
  const std::string folder = "data/";
  auto storages = std::make_shared<DeserializationStorageContext>();
  for (const std::string &name : archive.getAllRecords()) {
    if (name.compare(0, folder.size(), folder) != 0) continue;
    const size_t offset = archive.getRecordOffset(name), bytes = archive.getRecordSize(name);
    if (offset % alignment != 0 || bytes == 0 || bytes > size || offset > size - bytes) continue;
    storages->addStorage(name.substr(folder.size()),
                         c10::Storage(c10::Storage::use_byte_size_t(), bytes, Mapping::part(mapping, offset, bytes), nullptr, false));
  }
  return storages;
}

}  // namespace

Module read_archive(gx_read read, void *context, uint64_t size, int file, c10::Device device) {
  auto reader = std::make_shared<Reader>(read, context, size);
  PyTorchStreamReader archive(reader);
  // As it was written before 2019, and not by us.
  if (archive.hasRecord("model.json")) return torch::jit::load(reader, device, /*load_debug_files=*/false);
  auto unit = std::make_shared<torch::jit::CompilationUnit>();
  std::vector<IValue> constants;
  torch::jit::SourceImporter importer(
      unit, &constants, [&](const std::string &qualifier) { return source(archive, qualifier); }, archive.version());
  const auto type = [&](const c10::QualifiedName &name) { return c10::StrongTypePtr(unit, importer.loadType(name)); };
  const auto unpickled = [&](const std::string &name, const std::shared_ptr<DeserializationStorageContext> &storages) {
    return torch::jit::readArchiveAndTensors(name, "", "", type, torch::jit::ObjLoaderFunc, device, archive,
                                             torch::jit::Unpickler::defaultTypeParser, storages);
  };
  const IValue all = unpickled("constants", nullptr);
  for (const IValue &constant : all.toTupleRef().elements()) constants.push_back(constant);
  return Module(unpickled("data", mapped(archive, file, size)).toObject());
}

}  // namespace gx
