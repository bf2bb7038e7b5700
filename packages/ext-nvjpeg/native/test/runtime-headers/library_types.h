/* Stands in for the CUDA runtime's header of this name, of which nvjpeg.h needs one type. For the signature test. */
#pragma once
typedef enum libraryPropertyType_t { MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL } libraryPropertyType;
