/* What the numbers of a task mean to the parts of the runtime that follow them. */
#ifndef POLYCODEC_FIELD_VALUES_HPP
#define POLYCODEC_FIELD_VALUES_HPP

#include "pixels.hpp"
#include "task_fields.hpp"
#include "tensor.hpp"

namespace polycodec {

/* The eight numbers of a conversion, from `orientation` on. */
pixels::TransformSpec TransformAt(const double* fields);

/* SLOT_FIELDS. */
tensor::Spec SlotAt(const double* fields);

}  // namespace polycodec

#endif
