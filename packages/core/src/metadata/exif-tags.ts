/** The tags of EXIF by name, with what their values are (CIPA DC-008-2019 "EXIF 2.32", sections 4.6.4 to 4.6.8). */
import type { Rational, TiffValue } from "./tiff-values.js";

/** What a tag's values are, whatever type they are written in. */
export interface ExifValues {
  text: string;
  number: number;
  numbers: readonly number[];
  rational: Rational;
  rationals: readonly Rational[];
  bytes: Uint8Array;
}
export type ExifValueKind = keyof ExifValues;
export type TagTable = Readonly<Record<string, readonly [tag: number, kind: ExifValueKind]>>;

/** Known tags by name; a tag that is unknown, or whose value is not what its name promises, by its number. */
export type TagsOf<Table extends TagTable> =
  { readonly [Name in keyof Table]?: ExifValues[Table[Name][1]] } & { readonly [tag: number]: TiffValue };

/** IFD0 and IFD1: the image and its thumbnail (4.6.4, 4.6.5). */
export const IMAGE_TAGS = {
  ImageWidth: [0x0100, "number"], ImageLength: [0x0101, "number"], BitsPerSample: [0x0102, "numbers"],
  Compression: [0x0103, "number"], PhotometricInterpretation: [0x0106, "number"], ImageDescription: [0x010e, "text"],
  Make: [0x010f, "text"], Model: [0x0110, "text"], StripOffsets: [0x0111, "numbers"], Orientation: [0x0112, "number"],
  SamplesPerPixel: [0x0115, "number"], RowsPerStrip: [0x0116, "number"], StripByteCounts: [0x0117, "numbers"],
  XResolution: [0x011a, "rational"], YResolution: [0x011b, "rational"], PlanarConfiguration: [0x011c, "number"],
  ResolutionUnit: [0x0128, "number"], TransferFunction: [0x012d, "numbers"], Software: [0x0131, "text"],
  DateTime: [0x0132, "text"], Artist: [0x013b, "text"], HostComputer: [0x013c, "text"],
  WhitePoint: [0x013e, "rationals"], PrimaryChromaticities: [0x013f, "rationals"],
  JPEGInterchangeFormat: [0x0201, "number"], JPEGInterchangeFormatLength: [0x0202, "number"],
  YCbCrCoefficients: [0x0211, "rationals"], YCbCrSubSampling: [0x0212, "numbers"],
  YCbCrPositioning: [0x0213, "number"], ReferenceBlackWhite: [0x0214, "rationals"], Rating: [0x4746, "number"],
  RatingPercent: [0x4749, "number"], Copyright: [0x8298, "text"], ExifIFDPointer: [0x8769, "number"],
  GPSInfoIFDPointer: [0x8825, "number"], XPTitle: [0x9c9b, "bytes"], XPComment: [0x9c9c, "bytes"],
  XPAuthor: [0x9c9d, "bytes"], XPKeywords: [0x9c9e, "bytes"], XPSubject: [0x9c9f, "bytes"],
} as const satisfies TagTable;

/** The Exif directory: how the picture was taken (4.6.5 tables 7 and 8). */
export const EXIF_TAGS = {
  ExposureTime: [0x829a, "rational"], FNumber: [0x829d, "rational"], ExposureProgram: [0x8822, "number"],
  SpectralSensitivity: [0x8824, "text"], PhotographicSensitivity: [0x8827, "number"], OECF: [0x8828, "bytes"],
  SensitivityType: [0x8830, "number"], StandardOutputSensitivity: [0x8831, "number"],
  RecommendedExposureIndex: [0x8832, "number"], ISOSpeed: [0x8833, "number"], ISOSpeedLatitudeyyy: [0x8834, "number"],
  ISOSpeedLatitudezzz: [0x8835, "number"], ExifVersion: [0x9000, "bytes"], DateTimeOriginal: [0x9003, "text"],
  DateTimeDigitized: [0x9004, "text"], OffsetTime: [0x9010, "text"], OffsetTimeOriginal: [0x9011, "text"],
  OffsetTimeDigitized: [0x9012, "text"], ComponentsConfiguration: [0x9101, "bytes"],
  CompressedBitsPerPixel: [0x9102, "rational"], ShutterSpeedValue: [0x9201, "rational"],
  ApertureValue: [0x9202, "rational"], BrightnessValue: [0x9203, "rational"], ExposureBiasValue: [0x9204, "rational"],
  MaxApertureValue: [0x9205, "rational"], SubjectDistance: [0x9206, "rational"], MeteringMode: [0x9207, "number"],
  LightSource: [0x9208, "number"], Flash: [0x9209, "number"], FocalLength: [0x920a, "rational"],
  SubjectArea: [0x9214, "numbers"], MakerNote: [0x927c, "bytes"], UserComment: [0x9286, "bytes"],
  SubSecTime: [0x9290, "text"], SubSecTimeOriginal: [0x9291, "text"], SubSecTimeDigitized: [0x9292, "text"],
  Temperature: [0x9400, "rational"], Humidity: [0x9401, "rational"], Pressure: [0x9402, "rational"],
  WaterDepth: [0x9403, "rational"], Acceleration: [0x9404, "rational"], CameraElevationAngle: [0x9405, "rational"],
  FlashpixVersion: [0xa000, "bytes"], ColorSpace: [0xa001, "number"], PixelXDimension: [0xa002, "number"],
  PixelYDimension: [0xa003, "number"], RelatedSoundFile: [0xa004, "text"],
  InteroperabilityIFDPointer: [0xa005, "number"], FlashEnergy: [0xa20b, "rational"],
  SpatialFrequencyResponse: [0xa20c, "bytes"], FocalPlaneXResolution: [0xa20e, "rational"],
  FocalPlaneYResolution: [0xa20f, "rational"], FocalPlaneResolutionUnit: [0xa210, "number"],
  SubjectLocation: [0xa214, "numbers"], ExposureIndex: [0xa215, "rational"], SensingMethod: [0xa217, "number"],
  FileSource: [0xa300, "bytes"], SceneType: [0xa301, "bytes"], CFAPattern: [0xa302, "bytes"],
  CustomRendered: [0xa401, "number"], ExposureMode: [0xa402, "number"], WhiteBalance: [0xa403, "number"],
  DigitalZoomRatio: [0xa404, "rational"], FocalLengthIn35mmFilm: [0xa405, "number"],
  SceneCaptureType: [0xa406, "number"], GainControl: [0xa407, "number"], Contrast: [0xa408, "number"],
  Saturation: [0xa409, "number"], Sharpness: [0xa40a, "number"], DeviceSettingDescription: [0xa40b, "bytes"],
  SubjectDistanceRange: [0xa40c, "number"], ImageUniqueID: [0xa420, "text"], CameraOwnerName: [0xa430, "text"],
  BodySerialNumber: [0xa431, "text"], LensSpecification: [0xa432, "rationals"], LensMake: [0xa433, "text"],
  LensModel: [0xa434, "text"], LensSerialNumber: [0xa435, "text"], CompositeImage: [0xa460, "number"],
  SourceImageNumberOfCompositeImage: [0xa461, "numbers"], SourceExposureTimesOfCompositeImage: [0xa462, "bytes"],
  Gamma: [0xa500, "rational"],
} as const satisfies TagTable;

/** The GPS directory (4.6.6). */
export const GPS_TAGS = {
  GPSVersionID: [0x00, "bytes"], GPSLatitudeRef: [0x01, "text"], GPSLatitude: [0x02, "rationals"],
  GPSLongitudeRef: [0x03, "text"], GPSLongitude: [0x04, "rationals"], GPSAltitudeRef: [0x05, "number"],
  GPSAltitude: [0x06, "rational"], GPSTimeStamp: [0x07, "rationals"], GPSSatellites: [0x08, "text"],
  GPSStatus: [0x09, "text"], GPSMeasureMode: [0x0a, "text"], GPSDOP: [0x0b, "rational"], GPSSpeedRef: [0x0c, "text"],
  GPSSpeed: [0x0d, "rational"], GPSTrackRef: [0x0e, "text"], GPSTrack: [0x0f, "rational"],
  GPSImgDirectionRef: [0x10, "text"], GPSImgDirection: [0x11, "rational"], GPSMapDatum: [0x12, "text"],
  GPSDestLatitudeRef: [0x13, "text"], GPSDestLatitude: [0x14, "rationals"], GPSDestLongitudeRef: [0x15, "text"],
  GPSDestLongitude: [0x16, "rationals"], GPSDestBearingRef: [0x17, "text"], GPSDestBearing: [0x18, "rational"],
  GPSDestDistanceRef: [0x19, "text"], GPSDestDistance: [0x1a, "rational"], GPSProcessingMethod: [0x1b, "bytes"],
  GPSAreaInformation: [0x1c, "bytes"], GPSDateStamp: [0x1d, "text"], GPSDifferential: [0x1e, "number"],
  GPSHPositioningError: [0x1f, "rational"],
} as const satisfies TagTable;

/** The interoperability directory (4.6.7; DCF 2.0). */
export const INTEROPERABILITY_TAGS = {
  InteroperabilityIndex: [0x0001, "text"], InteroperabilityVersion: [0x0002, "bytes"],
  RelatedImageFileFormat: [0x1000, "text"], RelatedImageWidth: [0x1001, "number"],
  RelatedImageLength: [0x1002, "number"],
} as const satisfies TagTable;
